internal import LedgerTestSupport

/// Closes the standard streams of every command, at the start or later.
///
/// Every exit status is a documented one, and the verdict of a check does not change.
struct PipesAttack {
    /// The change to the streams, as a bash script: `"$@"` is the command.
    private enum Streams: String, CaseIterable {
        case readerGone = #""$@" | true; exit "${PIPESTATUS[0]}""#
        case readerTakesALine = #""$@" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}""#
        case readerTakesAByte = #""$@" | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}""#
        case noOutput = #""$@" >&-"#
        case noInput = #""$@" <&-"#
        case noErrors = #""$@" 2>&-"#
        case nothing = #""$@" <&- >&- 2>&-"#
        case fullOutput = #""$@" >/dev/full"#
        case fullErrors = #""$@" 2>/dev/full"#
        case errorsReaderGone = #"{ "$@" 2>&1 >&3 | true; exit "${PIPESTATUS[0]}"; } 3>&1"#

        /// Whether the command cannot print, and may report that.
        var refusesOutput: Bool { [.noOutput, .nothing, .fullOutput].contains(self) }
        var keepsErrors: Bool { ![.noErrors, .nothing, .fullErrors, .errorsReaderGone].contains(self) }
    }

    private let isDamaged: Bool
    private let format: String
    private let streams: [Streams]
    private var random: SeededGenerator

    private static let checks = [
        ["verify", "--local"], ["verify", "--local", "--deep"], ["repair"], ["diff", "$D/ledger", "$D/other"],
        ["verify-proof", "$D/altered"], ["verify", "--local", "--against", "$D/altered-checkpoint"],
        ["diff", "@10", "@500"],
    ]
    private static let others = [
        ["events"], ["trades"], ["trade", "trade-7"], ["rejected"], ["status"], ["checkpoint"], ["prove", "trade-7"],
        ["replay"], ["export", "--as", "csv"], ["export", "--as", "ndjson"], ["append"], ["append", "$D/more"],
        ["halt", "symbol:X", "--reason", "r", "--actor", "a"], ["void", "trade-7", "--reason", "r", "--actor", "a"],
        ["--help"], ["verify", "--help"], ["nonsense"], ["events", "--nonsense"], ["init"],
        ["prices", "load", "$D/more", "--symbol", "A/B", "--timeframe", "1h"], ["backup", "$D/another-backup"],
        ["performance"], ["performance", "--by", "symbol", "--capital", "1000"],
        ["restore", "$D/backup", "--ledger", "$D/restored"], ["import", "journal", "$D/journal"],
        ["import", "journal", "$D/journal", "--plan"], ["token", "create", "--role", "read"], ["token", "list"],
        ["token", "revoke", "00000000"],
    ]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        isDamaged = random.next(below: 2) == 0
        format = ["json", "csv", "table"][Int(random.next(below: 3))]
        var draws = random
        streams = (0..<4).map { _ in Streams.allCases[Int(draws.next(below: UInt64(Streams.allCases.count)))] }
        random = draws
    }

    func run(_ rig: Rig) throws -> Int {
        let ledger = try rig.damageableLedger().copy()
        try prepare(ledger)
        var random = self.random
        var attackCount = 0
        for streams in streams {
            let check = Self.checks[Int(random.next(below: UInt64(Self.checks.count)))]
            let other = Self.others[Int(random.next(below: UInt64(Self.others.count)))]
            for command in [check, other] {
                try attack(command, isCheck: command == check, streams, ledger)
                attackCount += 1
            }
        }
        return attackCount
    }

    /// A difference that each check can find.
    private func prepare(_ ledger: AttackedLedger) throws {
        let outcome = try ledger.shell(
            #"""
            set -e
            "$T" prove trade-7 | sed 's/trade-7/trade-8/' >"$D/altered"
            "$T" checkpoint | sed '2s/.*/7/' >"$D/altered-checkpoint"
            cp -a "$D/ledger" "$D/other" && head -c 20 "$D/ledger/lock" >"$D/other/lock"
            echo '{"type":"trade.annotated","trade_id":"trade-1","occurred_at":1800000000000}' >"$D/more"
            "$T" append --quiet --ledger "$D/other" "$D/more"
            mkdir "$D/journal"
            for number in 1 2 3; do
                echo '{"trade_id":"j-'$number'","symbol":"A/B","timestamp":1800000000000,"side":"buy",' \
                    '"order_type":"limit","amount":1.5,"entry_price":2.5}' >"$D/journal/20270115_080000_j-$number.json"
            done
            """#
        )
        guard outcome.ending == .exit(0) else { throw BrokenPromise("nothing to close: \(outcome.stderr)") }
        guard isDamaged else { return }
        let names = try Self.segments(ledger)
        let segment = DamagedFile(names[names.count / 2], at: ledger.path)
        try segment.flipBit(at: 700)
    }

    private static func segments(_ ledger: AttackedLedger) throws -> [String] {
        try ledger.shell(#"ls "$D/ledger" | grep '^0'"#).lines
    }

    private func attack(
        _ command: [String],
        isCheck: Bool,
        _ streams: Streams,
        _ ledger: AttackedLedger
    ) throws {
        let arguments = command.map { $0.replacing("$D", with: ledger.directory.path) } + ["--format", format]
        let whole = isCheck ? try ledger.run(arguments) : nil
        let words = ([AttackedLedger.program] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let outcome = try ledger.shell("set -- \(words)\n\(streams.rawValue)")
        let what = "\(AttackedLedger.text(arguments)) with \(streams)"
        // A shell reports a signal as 128 plus its number.
        do { try ledger.checkEnding(outcome, arguments) } catch { throw BrokenPromise("\(streams): \(error)") }
        guard let whole else { return }
        let isAllowed = outcome.ending == whole.ending || (streams.refusesOutput && outcome.ending == .exit(74))
        try promise(isAllowed, "\(what) ends with \(outcome.ending), and with all streams open with \(whole.ending)")
        try promise(
            whole.ending == .exit(0) || !streams.keepsErrors || !outcome.stderr.isEmpty,
            "\(what) ends with \(outcome.ending) and says nothing on stderr"
        )
    }
}
