/// Prints the results of a check; the exit status is the verdict even if standard output fails.
///
/// `tradeledger verify | head -1` must not exit with 0 only because `head` closed the pipe before the verdict was
/// printed. So the findings also go to stderr, in one line.
struct CheckPrinter: ~Copyable {
    private var printer: RecordPrinter
    private let settings: Settings
    /// Why standard output failed; all further output is dropped.
    private var failure: (any Error)?

    init(_ settings: Settings) {
        self.settings = settings
        printer = RecordPrinter(settings.format)
    }

    mutating func print(_ record: Record) {
        attempt { printer throws in try printer.print(record) }
    }

    /// Prints one record alone; as a table each value has a line of its own, below a heading.
    mutating func printTall(_ record: Record, heading: String) {
        let settings = settings
        attempt { _ throws in try RecordPrinter.printTall(record, heading: heading, settings) }
    }

    /// Prints the records that are left.
    mutating func flush() {
        attempt { printer throws in try printer.finish() }
    }

    /// Prints the records that are left and, on stderr, the findings; returns the status of the verdict.
    ///
    /// If a check found nothing, throws the error that kept its output from being written.
    mutating func finish(_ status: ExitStatus, findings: String?) throws -> ExitStatus {
        flush()
        guard let findings else {
            if let failure { throw failure }
            return status
        }
        settings.log.say(.error, findings)
        if let failure, !(failure is StandardOutput.Closed) {
            settings.log.say(.warning, Failure(failure).message)
        }
        return status
    }

    private mutating func attempt(_ body: (inout RecordPrinter) throws -> Void) {
        guard failure == nil else { return }
        do { try body(&printer) } catch { failure = error }
    }
}
