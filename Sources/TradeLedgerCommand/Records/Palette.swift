internal import Glibc
internal import Projections

/// The colours of a terminal, of the first eight, which are readable on a light and on a dark background.
struct Palette {
    private let isColoured: Bool

    /// Words that a person should not overlook, where they are a whole cell.
    private static let alarms: Set<String> = ["halted", "differs", "critical", "damaged", "error"]

    /// For standard output: with colours on a terminal, unless `NO_COLOR` is set or the terminal is a dumb one.
    init() {
        let isDumb = Settings.environment("TERM") ?? "dumb" == "dumb"
        isColoured = isatty(STDOUT_FILENO) == 1 && !isDumb && Settings.environment("NO_COLOR") == nil
    }

    func bold(_ text: String) -> String { styled(text, "1") }
    private func red(_ text: String) -> String { styled(text, "31") }
    private func green(_ text: String) -> String { styled(text, "32") }

    /// The text in the colour of its meaning; nil if it has none.
    func cell(_ text: String, _ column: Table.Column) -> String? {
        if Self.alarms.contains(text) { return red(text) }
        return column.look.kind == .gain && Self.isNonzero(text) ? gain(text) : nil
    }

    /// A profit or a loss in its colour; a text that holds neither stays as it is.
    func gain(_ text: String) -> String {
        guard Self.isNonzero(text) else { return text }
        return text.hasPrefix("-") ? red(text) : green(text)
    }

    private static func isNonzero(_ text: String) -> Bool { text.contains { ("1"..."9").contains($0) } }

    private func styled(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
