import Foundation

/// Files of the repository that tests read, and the golden log that one of them records.
enum ProjectFile {
    static let segmentName = "00000000000000000001.segment"
    static let goldenSegment = "fixtures/golden/v1/" + segmentName
    static let goldenSealed = "fixtures/golden/v1/00000000000000000001.sealed"
    static let goldenEvents = "fixtures/golden/v1/events.ndjson"
    static let goldenRoot = "fixtures/golden/v1/root.txt"
    static let trades = "fixtures/trades.ndjson"
    static let formatPage = "schema/segment-format.md"
    static let segmentReader = "tools/read-segment"

    static func url(_ path: String) -> URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: path)
    }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: url(path))) }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = url(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: file)
    }
}
