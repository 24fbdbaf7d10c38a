import Foundation

/// Files of the repository that the tests read.
enum ProjectFile {
    static func url(_ path: String) -> URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appending(path: path)
    }

    static func goldenSegment() throws -> [UInt8] {
        Array(try Data(contentsOf: url("fixtures/golden/v1/00000000000000000001.segment")))
    }

    static func files(in folder: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: url(folder), includingPropertiesForKeys: nil)
    }
}
