import Foundation

/// A text file of the repository, by lines.
struct TextFile {
    /// The path from the root of the repository.
    let path: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var text: String { lines.joined(separator: "\n") }

    /// The target of a source: the folder in `Sources/` or in `Tests/Support/` that it is in.
    var target: String {
        let folders = path.split(separator: "/")
        return String(folders.dropFirst(path.hasPrefix("Tests/Support/") ? 2 : 1).first ?? "")
    }
}

/// The files of the working copy that people write.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The files in a folder and below it, sorted, or the file of that path; none if neither exists.
    static func paths(in folder: String) throws -> [String] {
        let url = root.appending(path: folder)
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        if try isFile(folder) { return [folder] }
        return try FileManager.default.subpathsOfDirectory(atPath: url.path).map { "\(folder)/\($0)" }
            .filter { try isFile($0) && !$0.contains("__pycache__") }.sorted()
    }

    static func file(_ path: String) throws -> TextFile {
        TextFile(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }

    static func files(in folders: [String], extensions: Set<String>) throws -> [TextFile] {
        try folders.flatMap(paths).filter { extensions.contains(URL(filePath: $0).pathExtension) }.map(file)
    }

    static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root.appending(path: path).path)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func isFile(_ path: String) throws -> Bool {
        try root.appending(path: path).resourceValues(forKeys: [.isRegularFileKey]).isRegularFile ?? false
    }
}
