import Ledger
import TradeModel

/// The output of a ledger, to compare it with what others read from its files.
enum LedgerOutput {
    /// The events as `tradeledger events` prints them.
    static func events(of directory: String) throws -> [UInt8] {
        let reader = try LedgerReader(opening: directory)
        var events = try reader.events()
        var lines: [UInt8] = []
        while let event = try events.next() { EventJSON.write(event, ledgerID: reader.ledgerID, into: &lines) }
        return lines
    }

    /// The root of the Merkle tree over all events, in hexadecimal, with a line feed.
    static func root(of directory: String) throws -> String {
        let storage = PosixStorage(directory: directory)
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: try LogReader(storage).durableSequence())
        return try tree.root(at: tree.sequence).description + "\n"
    }
}
