import Statistics

/// The figures of `performance`, in docs/command-line.md.
enum PerformanceFigures {
    /// The figures with their units and meanings.
    static var table: String {
        var table = MarkdownTable([("figure", "---"), ("unit", "---"), ("meaning", "---")])
        for figure in PerformanceColumn.figures {
            table.add(["`\(figure.name)`", figure.unit.rawValue, figure.meaning])
        }
        return table.text
    }
}
