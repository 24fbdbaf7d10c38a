internal import Glibc

/// A progress line on the terminal; nothing if stderr is not a terminal.
struct ProgressBar {
    private let label: String
    private let total: UInt64
    private let isShown: Bool
    private var lastPercent: UInt64 = .max

    private static let width = 30

    init(_ label: String, total: UInt64, isQuiet: Bool) {
        self.label = label
        self.total = total
        isShown = !isQuiet && total > 0 && isatty(STDERR_FILENO) == 1
    }

    /// Shows how much is done; writes only when the percentage has changed.
    mutating func update(_ done: UInt64) {
        guard isShown else { return }
        let percent = min(done, total) * 100 / total
        guard percent != lastPercent else { return }
        lastPercent = percent
        let filled = Int(percent) * Self.width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        StandardError.write("\r\(label) [\(bar)] \(percent)% \(done)/\(total)".utf8)
    }

    /// Clears the line.
    func finish() {
        if isShown { StandardError.write("\r\u{1B}[K".utf8) }
    }
}
