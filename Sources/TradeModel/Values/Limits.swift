/// The bounds of what the ledger accepts, so that PostgreSQL can hold all of it.
///
/// Each is public: see the contract.
public enum Limits {
    /// An event as a line of JSON, in bytes; a body is always shorter than its line.
    public static let eventLineByteCountMax = 1 << 20
    /// An event as a line of JSON with the ledger's own fields, as `events` prints it, in bytes.
    ///
    /// Such a line is longer than the one that was sent: by those fields, by an event id, and by texts, decimals and
    /// times in their full length, which come to less than 24 KiB.
    public static let printedLineByteCountMax = eventLineByteCountMax + (64 << 10)
    /// Identifiers, symbols, currencies, names of strategies and the like, in bytes of UTF-8.
    public static let identifierByteCountMax = 128
    /// `reason` and `actor`, in bytes of UTF-8.
    public static let remarkByteCountMax = 1024
    /// Objects and arrays of JSON within each other; the event itself is the first.
    public static let jsonNestingMax = 64
}
