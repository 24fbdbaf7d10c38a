import Glibc
import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Testing
import TradeModel

/// A forgery that no comparison of log and database can find, and what can find it.
@Suite(.needsServer) struct `A database whose rows and roots were changed together` {
    @Test(arguments: TestServer.all)
    func `is detected with the log, and without it with a kept checkpoint`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let ledger = try CommandLedger(EventText.generated(300, seed: 63))
            try ledger.shell(#""$T" init --signing-key && "$T" checkpoint >"$D/kept""#)
            try ledger.shell(#"cp "$D/ledger/checkpoint.pub" "$D/kept.pub""#)
            let forged = ledger.directory.path + "/forged"
            #expect(unsafe mkdir(forged, 0o750) == 0)
            // One price is another: every checksum, root and fold follows from that.
            try ForgedLog.write(from: ledger.path, into: forged) { events in
                let index = try #require(events.firstIndex { $0.body.type == .closed && $0.body.text(.dust) == nil })
                let known = events[index]
                var line: [UInt8] = []
                EventJSON.write(EventDraft(eventID: known.eventID, body: known.body), into: &line)
                let text = String(decoding: line, as: UTF8.self).replacing(#""price":""#, with: #""price":"1"#)
                let body = try EventJSON.decode(line: Array(text.utf8)).body
                events[index] = Event(
                    sequence: known.sequence,
                    recordedAt: known.recordedAt,
                    eventID: known.eventID,
                    body: body
                )
            }
            func run(_ arguments: String...) throws -> ChildProcess.Outcome {
                try ledger.start(arguments + ["--database", url], input: .bytes([])).finish()
            }
            let filled = try run("replicate", "--once", "--ledger", forged)
            #expect(filled.ending == .exit(0), "\(filled.stderr)")

            // The log itself is untouched.
            let parted = try run("verify")
            #expect(parted.ending == .exit(1) && parted.stderr.contains("database history"), "\(parted.stderr)")

            // The log is replaced as well: both agree in everything.
            let agreed = try run("verify", "--ledger", forged)
            #expect(agreed.ending == .exit(0), "\(agreed.stderr)")
            let kept = ["--against", ledger.directory.path + "/kept", "--key", ledger.directory.path + "/kept.pub"]
            let told = try ledger.start(["verify", "--ledger", forged, "--database", url] + kept).finish()
            #expect(told.ending == .exit(1))
            #expect(told.stderr.contains("the first 300 events of the log are not those"), "\(told.stderr)")
            let own = try ledger.start(["verify", "--local"] + kept).finish()
            #expect(own.ending == .exit(0), "\(own.stderr)")
        }
    }
}
