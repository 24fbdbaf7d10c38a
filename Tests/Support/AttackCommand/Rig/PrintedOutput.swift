internal import LedgerTestSupport

/// The output that a run of the program may print, by its arguments, checked with strict readers.
struct PrintedOutput {
    private enum Form {
        case json
        case csv
        case text
        /// Files, or nothing.
        case unread
    }

    private let form: Form
    private let arguments: [String]

    init(_ arguments: [String]) {
        self.arguments = arguments
        func value(_ option: String) -> String? {
            arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        }
        switch (arguments.first, value("--format"), value("--as")) {
        case ("export", _, "csv"): form = .csv
        case ("export", _, "ndjson"): form = .json
        case ("export", _, _), ("report", _, _): form = .unread
        case ("checkpoint", _, _), ("prove", _, _): form = .text
        case ("append", _, _): form = .json
        case (_, "table", _): form = .text
        case (_, "csv", _): form = .csv
        case _ where arguments.contains("--help") || arguments.contains("--version"): form = .text
        default: form = .json
        }
    }

    /// Checks both streams.
    func check(_ outcome: ChildProcess.Outcome) throws {
        do {
            switch form {
            case .json: try Self.checkLines(outcome.output)
            case .csv: _ = try StrictCSV.records(of: outcome.output)
            case .text: try TerminalText.check(outcome.output)
            case .unread: break
            }
        } catch {
            let excerpt = outcome.stdout.unicodeScalars.prefix(400).map { $0.escaped(asASCII: true) }.joined()
            throw BrokenPromise("\(AttackedLedger.text(arguments)) prints what is not strict: \(error): \(excerpt)")
        }
        do { try TerminalText.check(outcome.errors) } catch {
            let excerpt = outcome.stderr.unicodeScalars.prefix(400).map { $0.escaped(asASCII: true) }.joined()
            throw BrokenPromise("a message of \(AttackedLedger.text(arguments)) has \(error): \(excerpt)")
        }
    }

    private static func checkLines(_ bytes: [UInt8]) throws {
        for line in bytes.split(separator: 0x0A) {
            let value = try StrictJSON.value(of: Array(line))
            guard case .object = value else { throw BrokenPromise("a line is no object") }
        }
        guard bytes.isEmpty || bytes.last == 0x0A else { throw BrokenPromise("the last line does not end") }
    }
}
