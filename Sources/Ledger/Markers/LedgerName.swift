import TradeModel

/// The name of a ledger, by which people know it: 1 to 128 bytes of UTF-8 without characters that are not seen.
///
/// It is no part of the log, and can change. See `schema/segment-format.md`, "Files".
public struct LedgerName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    public let description: String

    static let fileName = "name"
    private static let byteCountMax = 128

    /// A name; nil where the text cannot be one.
    public init?(_ text: String) {
        guard 1...Self.byteCountMax ~= text.utf8.count, !text.unicodeScalars.contains(where: \.isHidden) else {
            return nil
        }
        description = text
    }

    /// The name of the ledger in a directory; nil where it has none.
    ///
    /// Throws `damaged` where the file holds anything else.
    package static func read<S: Storage>(_ storage: S) throws(LedgerError) -> LedgerName? {
        guard let bytes = try AtomicFile(storage, fileName).read() else { return nil }
        guard bytes.last == UInt8(ascii: "\n"), let text = String(validating: bytes.dropLast(), as: UTF8.self),
            let name = LedgerName(text)
        else {
            throw LedgerError(
                .damaged,
                "\(storage.directory)/\(fileName) does not hold the name of a ledger",
                remedy: "give the ledger its name again with `tradeledger init --name NAME`"
            )
        }
        return name
    }

    /// Gives the ledger in a directory this name, durable when this returns.
    func write<S: Storage>(to storage: S) throws(LedgerError) {
        try AtomicFile(storage, Self.fileName).write(description.utf8 + [UInt8(ascii: "\n")])
    }

    /// Gives a copy of a ledger the name of the original, if that has one.
    static func copy<S: Storage>(from source: S, to destination: S) throws(LedgerError) {
        let name = try read(source)
        if let name, try read(destination) != name { try name.write(to: destination) }
    }
}
