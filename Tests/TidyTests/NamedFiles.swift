/// The files of the repository that its texts name.
struct NamedFiles {
    /// The texts that have each word: a file's name alone, or after the name of its folder.
    private var namers: [String: Set<String>] = [:]
    /// The names that occur alone in code.
    private var namesInCode: Set<String> = []
    /// The paths of folders that code names, because it reads what is in them.
    private var readFolders: Set<String> = []
    /// The names that more than one file has.
    private let sharedNames: Set<String>

    /// - Parameters:
    ///   - texts: what may name a file.
    ///   - paths: every file that may be meant.
    init(in texts: [TextFile], of paths: [String]) {
        sharedNames = Set(Dictionary(grouping: paths, by: Self.name).filter { $1.count > 1 }.keys)
        for text in texts {
            let isCode = !text.path.hasSuffix(".md")
            for word in Self.words(of: text) {
                namers[Self.name(of: word), default: []].insert(text.path)
                guard word.contains("/") else {
                    if isCode { namesInCode.insert(word) }
                    continue
                }
                namers[Self.nameWithFolder(of: word), default: []].insert(text.path)
                if isCode { readFolders.insert(word) }
            }
        }
    }

    /// Whether another file names this one, or code reads the folder that it is in.
    ///
    /// A `README.md` does not count for the files beside and below it, because it lists everything.
    func contains(_ path: String) -> Bool {
        let name = Self.name(of: path)
        // A word such as `run` names a file only after the name of a folder.
        let hasExtension = name.contains(".")
        if hasExtension, sharedNames.contains(name), namesInCode.contains(name) { return true }
        let key = hasExtension && !sharedNames.contains(name) ? name : Self.nameWithFolder(of: path)
        let folders = Self.folders(of: path)
        let lists = folders.map { "\($0)/README.md" }
        return !namers[key, default: []].subtracting(lists + [path]).isEmpty
            || folders.dropFirst().contains(where: readFolders.contains)
    }

    /// The folders around a file; the first one is that in the root of the repository.
    private static func folders(of path: String) -> [String] {
        let parts = path.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
    }

    private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private static func nameWithFolder(of path: String) -> String {
        path.split(separator: "/").suffix(2).joined(separator: "/")
    }

    /// The longest runs of characters that paths have, without the points and slashes at their ends.
    private static func words(of text: TextFile) -> Set<String> {
        var words: Set<String> = []
        for run in text.text.utf8.split(whereSeparator: { !isPathByte($0) }) {
            let word = run.drop(while: isPunctuation)
            guard let end = word.lastIndex(where: { !isPunctuation($0) }) else { continue }
            words.insert(String(decoding: word[...end], as: UTF8.self))
        }
        return words
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-")...UInt8(ascii: "/"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") }
}
