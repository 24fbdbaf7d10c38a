/// The servers: each question about a database is measured on both.
enum DatabaseKind: CaseIterable, Sendable {
    case timescaleDB
    case plain

    /// What the name of a row ends with.
    var suffix: String {
        switch self {
        case .timescaleDB: ""
        case .plain: "-plain"
        }
    }

    /// What the title of a row ends with.
    var title: String {
        switch self {
        case .timescaleDB: ", TimescaleDB"
        case .plain: ", PostgreSQL alone"
        }
    }
}

extension Question {
    /// The same question of each kind of server.
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
