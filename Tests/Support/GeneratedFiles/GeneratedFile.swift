/// A file of the repository that is generated, in part or as a whole, from declarations in the code.
public struct GeneratedFile: Sendable {
    /// Its path from the root of the repository.
    public let path: String
    private let content: Content

    private enum Content {
        case whole(@Sendable () throws -> String)
        case sections([Section])
    }

    /// A part of a file, between two lines that have its name.
    private struct Section {
        let name: String
        let text: @Sendable () -> String

        init(_ name: String, _ text: @escaping @Sendable () -> String) {
            self.name = name
            self.text = text
        }
    }

    /// Every file that is generated.
    public static let all: [GeneratedFile] = [
        GeneratedFile(path: "schema/trade-event.schema.json", content: .whole { EventSchema.text }),
        GeneratedFile(path: "docs/events.md", content: .whole { try EventsPage.text() }),
        GeneratedFile(path: "docs/metrics.md", content: .whole { MetricsPage.text }),
        GeneratedFile(path: "schema/repeatable/column_comments.sql", content: .whole { ColumnComments.text }),
        GeneratedFile(
            path: "schema/repeatable/trade_history.sql",
            content: .sections([Section("columns of trade_history") { TradeHistoryColumns.view }])
        ),
        GeneratedFile(
            path: "schema/repeatable/trade_fold.sql",
            content: .sections([
                Section("columns of trade_history_as_of") { TradeHistoryColumns.asOf },
                Section("columns of an event") { TimelineColumns.row },
            ])
        ),
        GeneratedFile(
            path: "schema/repeatable/trade_timeline.sql",
            content: .sections([
                Section("other fields of the timeline") { TimelineColumns.ofEvents },
                Section("fields of one timeline") { TimelineColumns.ofOneTimeline },
                Section("fields of the timeline") { TimelineColumns.ofTimeline },
            ])
        ),
        GeneratedFile(
            path: "docs/sql.md",
            content: .sections([Section("columns of trade_history") { TradeHistoryColumns.table }])
        ),
        GeneratedFile(
            path: "docs/command-line.md",
            content: .sections([Section("figures of performance") { PerformanceFigures.table }])
        ),
        GeneratedFile(
            path: "docs/http.md",
            content: .sections([Section("routes of the service") { RoutesTable.text }])
        ),
        GeneratedFile(
            path: "schema/segment-format.md",
            content: .sections([
                Section("event types") { FormatTables.types }, Section("fields") { FormatTables.fields },
            ])
        ),
        GeneratedFile(
            path: "Sources/AuditKit/read-segment",
            content: .sections([Section("tables of events") { ReaderTables.text }])
        ),
    ]

    /// The text that the file should have, from its current text, of which other sections stay.
    ///
    /// Throws `MissingSection` if the file lacks the two lines that enclose a section.
    public func text(replacing present: String) throws -> String {
        switch content {
        case .whole(let text): return try text()
        case .sections(let sections):
            return try sections.reduce(present) { try replace($1.name, in: $0, by: $1.text()) }
        }
    }

    /// A file that does not say where a section belongs.
    public struct MissingSection: Error, CustomStringConvertible {
        let path: String
        let name: String

        /// What is missing, and what to do.
        public var description: String {
            "\(path) has no section \(name): put it between lines with `generated: \(name)` and `end of \(name)`"
        }
    }

    private func replace(_ name: String, in text: String, by section: String) throws -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(where: { $0.contains("generated: \(name)") }),
            let last = lines[first...].firstIndex(where: { $0.contains("end of \(name)") })
        else { throw MissingSection(path: path, name: name) }
        lines.replaceSubrange(
            (first + 1)..<last,
            with: section.split(separator: "\n", omittingEmptySubsequences: false)
        )
        return lines.joined(separator: "\n")
    }
}
