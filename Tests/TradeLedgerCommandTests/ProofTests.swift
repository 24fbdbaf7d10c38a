import Foundation
import LedgerTestSupport
import Testing

@Suite struct `The commands checkpoint, prove and verify-proof` {
    /// A ledger with a signing key, and a public key that is kept apart from it.
    private func signedLedger(_ lines: [String] = EventText.generated(400, seed: 61)) throws -> CommandLedger {
        let ledger = try CommandLedger(lines)
        let outcome = try ledger.shell(
            #""$T" init --signing-key >"$D/init.json" && cp "$D/ledger/checkpoint.pub" "$D/kept.pub""#
        )
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return ledger
    }

    @Test func `init creates a key pair and prints its private half nowhere`() throws {
        let ledger = try CommandLedger()
        let outcome = try ledger.run("init", "--signing-key", "--format", "json")
        #expect(outcome.ending == .exit(0))
        let secret = String(decoding: try StoredFile(ledger.path + "/checkpoint.key").bytes, as: UTF8.self)
        let seed = try #require(secret.dropLast().split(separator: "+").last)
        let published = String(decoding: try StoredFile(ledger.path + "/checkpoint.pub").bytes, as: UTF8.self)
        let printed = try jsonObject(try #require(outcome.lines.first))
        #expect(printed["public_key"]?.text == String(published.dropLast()))
        let again = try ledger.run("init", "--signing-key")
        #expect(again.ending == .exit(0) && again.stderr.contains("already has a signing key"))
        #expect(try ledger.shell(#"stat -c %a "$D/ledger/checkpoint.key""#).stdout == "600\n")
        for text in [outcome.stdout, outcome.stderr, again.stdout, again.stderr, published] {
            #expect(!text.contains(seed))
        }
        #expect(try !jsonObject(ledger.run("init", "--format", "json").lines[0]).keys.contains("public_key"))
    }

    @Test(arguments: ["checkpoint", "prove trade-1"])
    func `without a usable key nothing is signed`(command: String) throws {
        let ledger = try CommandLedger([EventText.opened("trade-1")])
        let none = try ledger.shell(#""$T" \#(command)"#)
        #expect(none.ending == .exit(78) && none.stdout.isEmpty && none.messages.count == 1)
        #expect(none.stderr.contains("tradeledger init --signing-key"))
        try ledger.shell(#""$T" init --signing-key && chmod 644 "$D/ledger/checkpoint.key""#)
        let open = try ledger.shell(#""$T" \#(command)"#)
        #expect(open.ending == .exit(78) && open.stdout.isEmpty)
        #expect(open.stderr.contains("chmod 600"))
    }

    @Test func `a proof is checked without a ledger, and returns the events`() throws {
        let ledger = try signedLedger()
        let events = try ledger.run("events", "--trade", "trade-3", "--format", "json").stdout
        #expect(try ledger.shell(#""$T" prove trade-3 --format csv >"$D/t.proof""#).ending == .exit(0))
        let elsewhere = #"cd / && "$T" verify-proof "$D/t.proof" --key "$D/kept.pub" --ledger /nowhere"#
        let outcome = try ledger.shell(elsewhere)
        #expect(outcome.ending == .exit(0) && outcome.stdout == events && !events.isEmpty)
        #expect(outcome.messages.count == 1 && outcome.stderr.contains("among the first 400 events"))
        let unsigned = try ledger.shell(#""$T" verify-proof "$D/t.proof""#)
        #expect(unsigned.ending == .exit(0) && unsigned.stderr.contains("no signature was checked"))
        #expect(try ledger.shell(#""$T" verify-proof "$D/t.proof" --quiet --format table"#).stdout.contains("trade-3"))
        #expect(try ledger.run("prove", "no-such-trade").ending == .exit(66))
        #expect(try ledger.run("prove").ending == .exit(64))
        #expect(try ledger.shell(#""$T" verify-proof "$D/none""#).ending == .exit(66))
        #expect(try ledger.shell(#""$T" verify-proof "$D/t.proof" --key "$D/none""#).ending == .exit(66))
        #expect(try ledger.shell(#""$T" verify-proof "$D/t.proof" --key "$D/t.proof""#).ending == .exit(78))
    }

    @Test func `a proof with another byte, or under another key, is refused`() throws {
        let (ledger, other) = (try signedLedger(), try signedLedger())
        try ledger.shell(#""$T" prove trade-3 >"$D/t.proof""#)
        var proof = try StoredFile(ledger.directory.path + "/t.proof")
        let strange = try ledger.run("verify-proof", proof.path, "--key", other.directory.path + "/kept.pub")
        #expect(strange.ending == .exit(1) && strange.stdout.isEmpty && strange.messages.count == 1)
        for index in stride(from: 0, to: proof.bytes.count, by: 97) {
            proof.bytes[index] ^= 1
            try proof.write()
            let refused = try ledger.run("verify-proof", proof.path, "--key", ledger.directory.path + "/kept.pub")
            #expect(refused.ending == .exit(1) && refused.stdout.isEmpty, "byte \(index)")
            #expect(refused.messages.count == 1)
            proof.bytes[index] ^= 1
        }
    }

    @Test func `verify reports whether the log extends the kept checkpoints`() throws {
        let ledger = try signedLedger()
        try ledger.shell(#""$T" checkpoint >"$D/kept"; cp -r "$D/ledger" "$D/older""#)
        let later = EventText.identified(200, seed: 4).filter { $0.contains(#""type":"trade."#) }
        try ledger.append(later.prefix(50).map { $0.replacing("trade-", with: "later-") })
        let extended = try ledger.shell(#""$T" verify --against "$D/kept" --key "$D/kept.pub""#)
        #expect(extended.ending == .exit(0) && extended.stderr.isEmpty, "\(extended.stderr)")
        let check = try #require(try extended.lines.map(jsonObject).last)
        #expect(check["check"] == .string("checkpoint") && check["verdict"] == .string("ok"))
        #expect(check["extent"] == .string("1 checkpoint, up to event 400"))

        // An older copy replaces the log: it is consistent in itself.
        try ledger.shell(#""$T" checkpoint >"$D/later"; rm -r "$D/ledger"; cp -r "$D/older" "$D/ledger""#)
        #expect(try ledger.run("verify").ending == .exit(0))
        let cut = try ledger.shell(#""$T" verify --against "$D/later" --key "$D/kept.pub""#)
        #expect(cut.ending == .exit(1) && cut.messages.count == 1)
        #expect(cut.stderr.contains("over 450 events, and the log ends at 400"))
        #expect(try jsonObject(try #require(cut.lines.last))["verdict"] == .string("differs"))
    }

    @Test func `verify checks every file of checkpoints and uses the keys of every named file`() throws {
        let (ledger, other) = (try signedLedger(), try signedLedger([EventText.opened("x")]))
        try ledger.shell(#""$T" checkpoint >"$D/good"; sed 's/^400$/500/' "$D/good" >"$D/violated""#)
        let (good, violated) = (ledger.directory.path + "/good", ledger.directory.path + "/violated")
        for files in [[violated, good], [good, violated]] {
            let words = ["verify", "--local"] + files.flatMap { ["--against", $0] }
            let outcome = try ledger.start(words).finish()
            #expect(outcome.ending == .exit(1))
            #expect(outcome.stderr.contains("\(violated) has a checkpoint over 500 events, and the log ends at 400"))
            let verdicts = try outcome.lines.map(jsonObject).filter { $0["check"] == .string("checkpoint") }
            #expect(verdicts.compactMap { $0["verdict"]?.text }.sorted() == ["differs", "ok"])
        }
        let keys = [other.directory.path + "/kept.pub", ledger.directory.path + "/kept.pub"]
        let signed = try ledger.start(["verify", "--against", good] + keys.flatMap { ["--key", $0] }).finish()
        #expect(signed.ending == .exit(0), "\(signed.stderr)")
        let proof = try ledger.file("t.proof", try ledger.run("prove", "trade-3").stdout)
        let checked = try ledger.start(["verify-proof", proof] + keys.flatMap { ["--key", $0] }).finish()
        #expect(checked.ending == .exit(0), "\(checked.stderr)")
    }

    @Test func `verify refuses checkpoints of another origin or key, and files that are not checkpoints`() throws {
        let (ledger, other) = (try signedLedger(), try signedLedger([EventText.opened("x")]))
        try other.shell(#""$T" checkpoint >"$D/checkpoint""#)
        let kept = other.directory.path + "/checkpoint"
        let foreign = try ledger.run("verify", "--against", kept, "--key", other.directory.path + "/kept.pub")
        #expect(foreign.ending == .exit(1) && foreign.stderr.contains("is of tradeledger/"))
        let unsigned = try ledger.run("verify", "--against", kept, "--key", ledger.directory.path + "/kept.pub")
        #expect(unsigned.ending == .exit(1) && unsigned.stdout.isEmpty && unsigned.messages.count == 1)
        let none = try ledger.file("none", "no checkpoint\n")
        #expect(try ledger.run("verify", "--against", none).ending == .exit(1))
        #expect(try ledger.run("verify", "--against", ledger.directory.path + "/missing").ending == .exit(66))
        #expect(try ledger.run("verify", "--key", ledger.directory.path + "/kept.pub").ending == .exit(64))
    }

    @Test func `checkpoints are published beside a writer, and none contradicts another`() throws {
        let ledger = try signedLedger()
        let writer = try ledger.start(["append"])
        try writer.write(EventText.opened("live-1") + "\n")
        #expect(try writer.readLine()?.contains(#""status":"appended""#) ?? false)
        let publish = #""$T" checkpoint --publish "$D/published""#
        let first = try ledger.shell(publish)
        #expect(first.ending == .exit(0) && first.lines[1] == "401" && first.stderr.isEmpty)
        #expect(try ledger.shell(publish).stdout == first.stdout)
        try writer.write(EventText.opened("live-2") + "\n")
        #expect(try writer.readLine()?.contains(#""sequence":402"#) ?? false)
        let second = try ledger.shell(publish)
        let published = try StoredFile(ledger.directory.path + "/published")
        #expect(String(decoding: published.bytes, as: UTF8.self) == first.stdout + "\n" + second.stdout)
        #expect(try ledger.shell(#""$T" verify --against "$D/published" --key "$D/kept.pub""#).ending == .exit(0))
        writer.closeInput()
        #expect(try writer.finish().ending == .exit(0))
        let older = try ledger.file("older", first.stdout)
        try ledger.shell(#"cp "$D/published" "$D/ahead"; sed -i 's/^402$/500/' "$D/ahead""#)
        let ahead = try ledger.shell(#""$T" checkpoint --publish "$D/ahead""#)
        #expect(ahead.ending == .exit(1) && ahead.stdout.isEmpty && ahead.stderr.contains("over 500 events"))
        #expect(try ledger.run("verify", "--against", older).ending == .exit(0))
    }
}
