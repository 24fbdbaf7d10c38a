internal import Ledger
internal import Proofs
internal import TradeModel

/// What is true of any bytes that claim to be a proof of a trade, checkpoints, or a public key.
enum ProofProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try checkProof(input)
        try checkCheckpoints(input)
        if let text = String(validating: input, as: UTF8.self), let key = VerifierKey(text) {
            try BrokenProperty.unless(key.description.utf8.elementsEqual(input), "a key is written as it was read")
        }
    }

    private static func checkProof(_ input: [UInt8]) throws(BrokenProperty) {
        let proof: TradeProof
        do throws(ProofError) { proof = try TradeProof(input, name: "input") } catch {
            return try checkIsRefusal(error)
        }
        try BrokenProperty.unless(proof.text == input, "a proof is written as it was read")
        let events: [Event]
        do throws(ProofError) { events = try proof.events() } catch { return try checkIsRefusal(error) }
        let size = proof.checkpoint.checkpoint.size
        try BrokenProperty.unless(events.allSatisfy { $0.sequence <= size }, "what is proved is under the checkpoint")
        try BrokenProperty.unless(!events.isEmpty, "a proof that holds proves something")
        for event in events { try LineProperties.checkIsPrinted(event) }
    }

    private static func checkCheckpoints(_ input: [UInt8]) throws(BrokenProperty) {
        let published: PublishedCheckpoints
        do throws(ProofError) { published = try PublishedCheckpoints(input, name: "input") } catch {
            return try checkIsRefusal(error)
        }
        let text = published.checkpoints.map(\.text).joined(separator: [UInt8(ascii: "\n")])
        try BrokenProperty.unless(text.elementsEqual(input), "checkpoints are written as they were read")
        let keys = published.checkpoints.flatMap(\.checkpoint.newKeys)
        do throws(ProofError) { try published.check(keys) } catch { try checkIsRefusal(error) }
    }

    private static func checkIsRefusal(_ error: ProofError) throws(BrokenProperty) {
        guard case .refused(let reason) = error else {
            throw BrokenProperty(sentence: "bytes that are no proof are refused, but: \(error)")
        }
        try BrokenProperty.unless(!reason.isEmpty, "a refusal says why")
    }
}
