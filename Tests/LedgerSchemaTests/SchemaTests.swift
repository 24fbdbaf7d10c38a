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
        for url in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        where url.pathExtension == "sql" {
            files[url.lastPathComponent] = try [UInt8](Data(contentsOf: url))
        }

        var embedded = ["timescaledb.sql": Schema.timescaleDB, "privileges.sql": Schema.privileges]
        for migration in Schema.migrations {
            let digits = String(migration.number)
            let number = String(repeating: "0", count: 3 - digits.count) + digits
            embedded["\(number)_\(migration.name).sql"] = migration.sql
        }
        #expect(embedded == files)
    }
}
