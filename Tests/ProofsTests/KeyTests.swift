import Glibc
import Ledger
import LedgerTestSupport
import Testing

@testable import Proofs

@Suite struct `Keys and signatures` {
    /// The keys and the note in the documentation of Go's golang.org/x/mod/sumdb/note.
    private static let goPublic = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let goSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    private static let goText =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    private static let goLine =
        "\u{2014} PeterNeumann "
        + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

    @Test func `match the implementation in Go`() throws {
        let secret = try #require(SigningKey(secretText: Self.goSecret))
        #expect(secret.secretText == Self.goSecret)
        #expect(secret.verifierKey.description == Self.goPublic)
        let key = try #require(VerifierKey(Self.goPublic))
        #expect(key == secret.verifierKey)
        let signature = secret.signature(of: Array(Self.goText.utf8))
        #expect(String(decoding: signature.line, as: UTF8.self) == Self.goLine)
        #expect(NoteSignature(line: Array(Self.goLine.utf8)[...]) == signature)
        #expect(key.isNamed(by: signature) && key.hasSigned(Array(Self.goText.utf8), signature))
        #expect(!key.hasSigned(Array(Self.goText.utf8.dropLast()), signature))
    }

    @Test(arguments: [
        "", "PeterNeumann", "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func `are not read from text that is not exactly a key`(text: String) {
        #expect(VerifierKey(text) == nil)
        #expect(SigningKey(secretText: "PRIVATE+KEY+" + text) == nil)
    }

    @Test func `do not show the seed when they are printed`() throws {
        let key = SigningKey(newNamed: "tradeledger/x")
        let seed = try #require(key.secretText.split(separator: "+", maxSplits: 4).last)
        var dumped = ""
        dump(key, to: &dumped)
        for text in [dumped, "\(key)", String(reflecting: key)] { #expect(!text.contains(seed)) }
        #expect("\(key)" == "signing key of tradeledger/x")
    }

    @Test(arguments: ["", "Zg==", "Zm8=", "Zm9v", "AAAA"])
    func `are written in base64 by RFC 4648`(text: String) throws {
        let bytes = try #require(Base64.bytes(text.utf8))
        #expect(Base64.text(bytes) == text)
        #expect(Base64.bytes((text + "A").utf8) == nil)
    }

    @Test(arguments: [
        "Zh==", "Zm9=", "Z===", "====", "Zg=", "Zg", " Zg==", "Zg==Zg==", "Zm\n9", "Zm-9", "Zg==\n\n\n\n",
    ])
    func `are not read from base64 that is not canonical`(text: String) {
        #expect(Base64.bytes(text.utf8) == nil)
    }

    @Test func `are created once, readable only by their owner`() throws {
        let directory = TemporaryDirectory()
        let ledgerID = try Ledger.create(in: directory.path)
        let keys = LedgerKeys(directory: directory.path)
        let made = try keys.make(for: ledgerID)
        #expect(made.isNew && made.keys.map(\.name) == ["tradeledger/\(ledgerID)"])
        let again = try keys.make(for: ledgerID)
        #expect(!again.isNew && again.keys == made.keys)
        #expect(try mode(of: "checkpoint.key", in: directory) == 0o600)
        #expect(try LedgerKeys.verifierKeys(directory.damaged("checkpoint.pub").bytes(), name: "x") == made.keys)
        #expect(directory.files.allSatisfy { !$0.hasSuffix(".tmp") })
        try directory.damaged("checkpoint.pub").remove()
        #expect(try keys.make(for: ledgerID).keys == made.keys)
        #expect(try LedgerKeys.verifierKeys(directory.damaged("checkpoint.pub").bytes(), name: "x") == made.keys)
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o610] as [mode_t])
    func `are refused if anyone but their owner may read them`(mode: mode_t) throws {
        let ledger = try ProvenLedger(eventCount: 1)
        let path = ledger.directory.path + "/checkpoint.key"
        #expect(unsafe chmod(path, mode) == 0)
        let error = #expect(throws: ProofError.self) { try ledger.prover() }
        #expect(error == .key("others than its owner may use \(path)", remedy: "chmod 600 \(path)"))
    }

    @Test func `are refused if they are missing, broken, or another ledger's`() throws {
        let (ledger, other) = (try ProvenLedger(eventCount: 1), try ProvenLedger(eventCount: 1))
        let file = ledger.directory.damaged("checkpoint.key")
        for bytes in [try other.directory.damaged("checkpoint.key").bytes(), Array("no key\n".utf8), []] {
            try file.replace(bytes)
            let error = #expect(throws: ProofError.self) { try ledger.prover() }
            guard case .key = error else { throw Unexpected(error: error) }
        }
        try file.remove()
        let error = #expect(throws: ProofError.self) { try ledger.prover() }
        #expect(error?.description.contains("tradeledger init --signing-key") ?? false)
    }

    @Test func `are all used if there are several`() throws {
        let ledger = try ProvenLedger(eventCount: 3)
        let old = try ledger.publicKeys()
        let new = SigningKey(newNamed: old[0].name)
        let file = ledger.directory.damaged("checkpoint.key")
        try file.replace(try file.bytes() + Array((new.secretText + "\n").utf8))
        let checkpoint = try ledger.prover().checkpoint()
        try checkpoint.check(old)
        try checkpoint.check([new.verifierKey])
        try checkpoint.check(old + [new.verifierKey])
        #expect(checkpoint.signatures.count == 2)
    }

    @Test func `are learned from a checkpoint that the old key has signed`() throws {
        let ledger = try ProvenLedger(eventCount: 3)
        let old = try ledger.publicKeys()
        var kept = try ledger.prover().checkpoint().text
        func publish() throws {
            try ledger.append(1)
            kept += [UInt8(ascii: "\n")] + (try ledger.prover().checkpoint().text)
        }
        let both = try ledger.keys.rotate(for: try ledger.reader().ledgerID)
        #expect(both.count == 2 && both[0] == old[0] && both[1].name == old[0].name)
        #expect(try ledger.publicKeys() == both)
        #expect(try mode(of: "checkpoint.key", in: ledger.directory) == 0o600)
        try publish()
        // The old one is given up.
        let file = ledger.directory.damaged("checkpoint.key")
        let lines = try file.bytes().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        try file.replace(Array(lines.dropFirst().joined(separator: [UInt8(ascii: "\n")])))
        _ = try ledger.keys.make(for: try ledger.reader().ledgerID)
        #expect(try ledger.publicKeys() == [both[1]])
        try publish()
        let published = try PublishedCheckpoints(kept, name: "kept")
        try published.check(old)
        #expect(published.checkpoints.map(\.checkpoint.newKeys) == [[], [both[1]], []])
        #expect(published.checkpoints.map(\.signatures.count) == [1, 2, 1])
        #expect(throws: ProofError.self) { try published.checkpoints[2].check(old) }
        try published.checkpoints[2].check([both[1]])
    }

    @Test func `are not learned from a checkpoint without the signature of a known key`() throws {
        let ledger = try ProvenLedger(eventCount: 3)
        let (own, known) = (try ledger.prover().checkpoint().checkpoint, try ledger.publicKeys())
        let stranger = SigningKey(newNamed: known[0].name)
        let handed = Checkpoint(
            ledgerID: own.ledgerID,
            size: own.size,
            root: own.root,
            newKeys: [stranger.verifierKey]
        )
        let taken = SignedCheckpoint(handed, signedBy: [stranger])
        #expect(throws: ProofError.self) { try PublishedCheckpoints(taken.text, name: "x").check(known) }
        let other = SigningKey(newNamed: "tradeledger/01a218f8-457c-73b4-aef9-fdffe85d4ca7").verifierKey
        for line in ["key \(other)", "key x", "keys \(stranger.verifierKey)", "key \(stranger.verifierKey) "] {
            let text = own.text + Array("\(line)\n\n".utf8) + stranger.signature(of: own.text).line + [10]
            let error = #expect(throws: ProofError.self) { try PublishedCheckpoints(text, name: "x") }
            #expect(error?.description.hasPrefix("x, line 4: ") ?? false, "\(line)")
        }
    }

    private struct Unexpected: Error { let error: ProofError? }

    private func mode(of name: String, in directory: TemporaryDirectory) throws -> mode_t {
        var status = stat()
        try #require(unsafe stat(directory.path + "/" + name, &status) == 0)
        return status.st_mode & 0o777
    }
}
