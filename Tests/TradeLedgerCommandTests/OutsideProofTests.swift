import Foundation
import LedgerTestSupport
import Testing

/// Programs that share no code with the ledger check what it has signed.
@Suite struct `Independent verification` {
    private let ledger: CommandLedger
    private static let tools = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "tools").path

    init() throws {
        ledger = try CommandLedger(EventText.generated(300, seed: 62))
        try script(
            #"""
            "$T" init --signing-key >/dev/null && cp "$D/ledger/checkpoint.pub" "$D/kept.pub"
            "$T" checkpoint --publish "$D/checkpoints" >/dev/null && "$T" prove trade-2 >"$D/t.proof"
            """#
        )
    }

    /// Runs a script, in which `$V` is the independent verifier.
    @discardableResult
    private func script(_ text: String) throws -> ChildProcess.Outcome {
        try ledger.shell("V=\(Self.tools)/verify-proof\n" + text)
    }

    @Test func `the independent verifier prints the events of a proof as the ledger does`() throws {
        let outcome = try script(#"$V "$D/t.proof" --key "$D/kept.pub""#)
        #expect(outcome.ending == .exit(0) && outcome.stderr.isEmpty, "\(outcome.stderr)")
        #expect(outcome.stdout == (try ledger.run("events", "--trade", "trade-2", "--format", "json").stdout))
        #expect(try script(#"$V "$D/none" --key "$D/kept.pub""#).ending == .exit(66))
        #expect(try script(#"$V"#).ending == .exit(64))
    }

    @Test func `the independent verifier refuses a proof with another byte`() throws {
        var proof = try StoredFile(ledger.directory.path + "/t.proof")
        for index in stride(from: 3, to: proof.bytes.count, by: 211) {
            proof.bytes[index] ^= 1
            try proof.write()
            let refused = try script(#"$V "$D/t.proof" --key "$D/kept.pub""#)
            #expect(refused.ending == .exit(1) && refused.stdout.isEmpty, "byte \(index)")
            #expect(refused.messages.count == 1)
            proof.bytes[index] ^= 1
        }
    }

    @Test func `the independent verifier compares segments with checkpoints`() throws {
        try ledger.append([EventText.opened("later")])
        let command = #"$V --checkpoints "$D/checkpoints" --key "$D/kept.pub" "$D"/ledger/0*.segment"#
        let outcome = try script(command)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout.hasPrefix("events 1 to 301 are those of 1 checkpoint(s)"))
        try script(#"sed -i '2s/300/299/' "$D/checkpoints""#)
        let unsigned = try script(command)
        #expect(unsigned.ending == .exit(1) && unsigned.stderr.contains("a signature that is not of"))
        let other = try script(#"$V --checkpoints "$D/checkpoints" "$D"/ledger/0*.segment"#)
        #expect(other.ending == .exit(1) && other.stderr.contains("the first 299 events are not those"))
        try script(#"sed -i '2s/299/302/' "$D/checkpoints""#)
        let ahead = try script(#"$V --checkpoints "$D/checkpoints" "$D"/ledger/0*.segment"#)
        #expect(ahead.ending == .exit(1) && ahead.stderr.contains("over 302 events, and there are 301"))
    }

    @Test func `the independent verifier accepts several key files, and no other option twice`() throws {
        let both = try script(#"$V "$D/t.proof" --key "$D/kept.pub" --key "$D/kept.pub""#)
        #expect(both.ending == .exit(0), "\(both.stderr)")
        try script(#"echo none >"$D/none.pub""#)
        #expect(try script(#"$V "$D/t.proof" --key "$D/none.pub" --key "$D/kept.pub""#).ending == .exit(1))
        let segments = #""$D"/ledger/0*.segment"#
        let twice = try script(#"$V --checkpoints "$D/none" --checkpoints "$D/checkpoints" \#(segments)"#)
        #expect(twice.ending == .exit(64))
    }

    @Test(arguments: [(#"s/$/\r/"#, "CRLF"), ("G", "line 2"), (#"1s/^/\n/"#, "line 1")])
    func `a private key file with CRLF or an empty line signs nothing`(_ edit: String, _ reason: String) throws {
        try script(#"sed -i '\#(edit)' "$D/ledger/checkpoint.key""#)
        let outcome = try script(#""$T" checkpoint"#)
        #expect(outcome.ending == .exit(78) && outcome.stdout.isEmpty && outcome.stderr.contains(reason))
    }

    @Test func `a new key is learned from a checkpoint that the old key has signed`() throws {
        let outcome = try script(
            #"""
            "$T" init --rotate-key --format json >"$D/init.json" || exit
            "$T" checkpoint --publish "$D/checkpoints" >/dev/null && sed -i 1d "$D/ledger/checkpoint.key"
            "$T" init --signing-key --quiet >/dev/null && cmp -s "$D/kept.pub" "$D/ledger/checkpoint.pub" && exit 9
            echo '{"type":"price.observed","symbol":"A/B","price":1,"occurred_at":1800000000000}' | "$T" append --quiet
            "$T" checkpoint --publish "$D/checkpoints" >"$D/alone"
            "$T" verify --local --against "$D/checkpoints" --key "$D/kept.pub" >/dev/null || exit 8
            $V --checkpoints "$D/checkpoints" --key "$D/kept.pub" "$D"/ledger/0*.segment || exit 7
            "$T" verify --local --against "$D/alone" --key "$D/kept.pub" >/dev/null 2>&1 && exit 6
            $V --checkpoints "$D/alone" --key "$D/kept.pub" "$D"/ledger/0*.segment 2>/dev/null && exit 5
            "$T" verify --local --against "$D/alone" --key "$D/ledger/checkpoint.pub" >/dev/null
            """#
        )
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout.hasPrefix("events 1 to 301 are those of 3 checkpoint(s)"), "\(outcome.stdout)")
        let printed = try jsonObject(try #require(try script(#"cat "$D/init.json""#).lines.first))
        #expect(printed["public_key"]?.text?.split(separator: " ").count == 2)
        let none = try CommandLedger()
        #expect(try none.run("init", "--rotate-key").ending == .exit(78))
    }

    @Test func `the program and the independent verifier agree on odd key files, checkpoints, proofs and names`() throws
    {
        let outcome = try script(
            #"""
            head -n 5 "$D/checkpoints" >"$D/checkpoint"
            python3 \#(Self.tools)/../Tests/ProofAgreement/odd_files.py "$T" $V "$D"
            """#
        )
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)\(outcome.stderr)")
    }

    @Test func `openssl verifies the signature of a checkpoint`() throws {
        // The 44 bytes of a public key for openssl (RFC 8410) are 12 that say Ed25519, and the key.
        let outcome = try script(
            #"""
            cd "$D" && head -n 3 checkpoints >text
            tail -n 1 checkpoints | cut -d ' ' -f 3 | base64 -d | tail -c 64 >signature
            { printf '\060\052\060\005\006\003\053\145\160\003\041\000'
              sed 's/^[^+]*+[^+]*+//' kept.pub | base64 -d | tail -c 32; } >key.der
            openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin -in text -sigfile signature
            """#
        )
        #expect(outcome.ending == .exit(0) && outcome.stdout.contains("Signature Verified Successfully"))
    }

    private static let proofbundle = ["/usr/bin/python3", "/usr/local/bin/python3"].first { python in
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", "import proofbundle"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(.enabled(if: proofbundle != nil, "the Python package proofbundle is not installed"))
    func `another implementation of C2SP accepts checkpoint and proof`() throws {
        let python = try #require(Self.proofbundle)
        let program = try ledger.file(
            "check.py",
            #"""
            import base64, sys
            from proofbundle.checkpoint import verify_checkpoint
            from proofbundle.tlogproof import verify_tlog_proof
            key = open("kept.pub").read().strip()
            assert verify_checkpoint(open("checkpoints").read(), key)["ok"]
            _, *parts = open("t.proof").read().split("\n\n")
            entries = [part for part in parts if part.startswith("extra ")]
            checkpoint = "\n\n".join(parts[len(entries):])
            for entry in entries:
                record = base64.b64decode(entry.split("\n")[0][len("extra "):])
                text = "c2sp.org/tlog-proof@v1\n" + entry + "\n\n" + checkpoint
                assert verify_tlog_proof(text, record, key)["ok"]
                assert not verify_tlog_proof(text, record + b"x", key)["ok"]
            print(len(entries))
            """#
        )
        let packages = ProcessInfo.processInfo.environment["PYTHONPATH"] ?? ""
        let outcome = try script("cd \"$D\" && PYTHONPATH='\(packages)' \(python) \(program)")
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout == "\(try ledger.run("events", "--trade", "trade-2").lines.count)\n")
    }
}
