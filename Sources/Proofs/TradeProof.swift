internal import Ledger
public import TradeModel

/// A proof that some events of one trade are in a ledger: one small file that can be verified without the ledger.
///
/// `schema/proof-format.md` has every line of it.
public struct TradeProof: Hashable, Sendable {
    /// What the events are shown to be under.
    public let checkpoint: SignedCheckpoint
    let inclusions: [InclusionProof]

    private static let firstLine = "tradeledger/trade-proof/v1"

    init(_ inclusions: [InclusionProof], under checkpoint: SignedCheckpoint) {
        self.inclusions = inclusions
        self.checkpoint = checkpoint
    }

    /// Reads a proof; `name` is what errors call it.
    ///
    /// Throws `refused` where the bytes are not exactly those that `text` would give.
    public init(_ bytes: [UInt8], name: String) throws(ProofError) {
        var lines = TextLines(bytes, name: name)
        try lines.expect(Self.firstLine)
        try lines.expect("")
        var inclusions: [InclusionProof] = []
        repeat { inclusions.append(try InclusionProof(&lines)) } while try lines.peek().starts(with: "extra ".utf8)
        let checkpoint = try SignedCheckpoint(&lines)
        guard lines.isAtEnd else { throw lines.fault("the proof ends before this line") }
        self.init(inclusions, under: checkpoint)
        guard text == bytes else { throw .refused("\(name) is not written as a proof is") }
    }

    /// The file.
    public var text: [UInt8] {
        Array("\(Self.firstLine)\n\n".utf8) + inclusions.flatMap(\.text) + checkpoint.text
    }

    /// Verifies that all events are of one trade and in the checkpoint's tree, and returns them in order.
    ///
    /// `checkpoint.check` verifies the checkpoint's signature. Throws `refused`. O(events · log of the size).
    public func events() throws(ProofError) -> [Event] {
        var events: [Event] = []
        for inclusion in inclusions {
            let event = try inclusion.event(in: checkpoint.checkpoint)
            if let last = events.last {
                guard last.sequence < event.sequence else {
                    throw .refused("event \(event.sequence) stands after event \(last.sequence)")
                }
                guard last.body.subjectBytes.elementsEqual(event.body.subjectBytes) else {
                    throw .refused("event \(event.sequence) is of another trade, \(event.body.subject)")
                }
            }
            guard event.body.type.isAboutTrade else {
                throw .refused("event \(event.sequence), a \(event.body.type.name), is about no trade")
            }
            events.append(event)
        }
        return events
    }
}
