package import HTTP
internal import Ledger
internal import TradeModel

/// The key by which a client marks retries of a request, from which the ids of its events follow.
package struct IdempotencyKey: Sendable {
    private let text: String

    private static let byteCountMax = 255

    /// The key that the header of a request names; nil where there is none.
    ///
    /// Throws a problem for one that is empty or too long.
    package init?(_ head: HTTPRequestHead) throws(Problem) {
        guard let text = head["Idempotency-Key"] else { return nil }
        guard (1...Self.byteCountMax).contains(text.utf8.count) else {
            throw Problem(.invalidRequest, "Idempotency-Key takes 1 to \(Self.byteCountMax) bytes")
        }
        self.text = text
    }

    /// The id of the only event of a request: the key if it is a UUID, else one of version 5 in the ledger's namespace.
    func eventID(of ledgerID: EventID) -> EventID {
        EventID(text) ?? EventID.version5(namespace: ledgerID, name: text.utf8)
    }

    /// The id of the event in a line, counted from 1.
    func eventID(of ledgerID: EventID, line: UInt64) -> EventID {
        EventID.version5(namespace: ledgerID, name: "\(text)/\(line)".utf8)
    }
}
