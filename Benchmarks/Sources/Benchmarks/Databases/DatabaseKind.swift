/// The servers: each question about a database is measured on both.
enum DatabaseKind: CaseIterable, Sendable {
    case timescaleDB
    case plain

    /// The end of a row's name.
    var suffix: String {
        switch self {
        case .timescaleDB: ""
        case .plain: "-plain"
        }
    }

    /// The end of a row's title.
    var title: String {
        switch self {
        case .timescaleDB: ", TimescaleDB"
        case .plain: ", PostgreSQL alone"
        }
    }
}

extension Question {
    /// The same question for each kind of server.
    static func ofEachKind(
        _ name: String,
        _ title: String,
        _ metrics: [Metric],
        _ comparison: Comparison,
        _ contenders: @escaping @Sendable (Setting, DatabaseKind) throws -> [Contender]
    ) -> [Question] {
        DatabaseKind.allCases.map { kind in
            Question(
                name: name + kind.suffix,
                title: title + kind.title,
                metrics: metrics,
                comparison: comparison,
                contenders: { try contenders($0, kind) }
            )
        }
    }
}
