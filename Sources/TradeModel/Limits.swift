/// The bounds of what the ledger accepts, so that PostgreSQL can hold all of it.
///
/// Each is public: see the contract.
public enum Limits {
    /// An event as a line of JSON, in bytes.
    public static let eventLineByteCountMax = 1 << 20
    /// Identifiers, symbols, currencies, names of strategies and the like, in bytes of UTF-8.
    public static let identifierByteCountMax = 128
    /// `reason` and `actor`, in bytes of UTF-8.
    public static let remarkByteCountMax = 1024
    /// Objects and arrays of JSON within each other; the event itself is the first.
    public static let jsonNestingMax = 64
}
