import Foundation
import LedgerSchema
import Testing

@Suite struct `The schema in the program` {
    @Test func `numbers its migrations from one without a gap`() {
        #expect(Schema.migrations.map(\.number) == Array(1...Schema.migrations.count))
    }

    @Test func `holds every SQL file of the directory under its own name`() throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../schema")
        var files: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        where path.hasSuffix(".sql") {
            files[path] = try [UInt8](Data(contentsOf: directory.appending(path: path)))
        }

        var embedded = [
            "namespace.sql": Schema.namespace, "timescaledb.sql": Schema.timescaleDB, "roles.sql": Schema.roles,
        ]
        for migration in Schema.migrations {
            let digits = String(migration.number)
            let number = String(repeating: "0", count: 3 - digits.count) + digits
            embedded["migrations/\(number)_\(migration.name).sql"] = migration.sql
        }
        for repeatable in Schema.repeatables + Schema.aggregatedViews.map(\.file) + [Schema.continuousAggregates] {
            embedded["repeatable/\(repeatable.name).sql"] = repeatable.sql
        }
        #expect(embedded.keys.sorted() == files.keys.sorted())
        let old = embedded.filter { $0.value != files[$0.key] }.keys.sorted()
        #expect(old == [], "build again")
    }
}
