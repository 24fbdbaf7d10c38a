/// Tells a database from a directory where a word of the command line can name either.
enum DatabaseURL {
    private static let schemes = ["postgresql://", "postgres://"]

    /// Whether the word is a URL of a database, or a connection string such as `host=/run/postgresql dbname=scratch`.
    ///
    /// A directory whose name looks like one is named with its path: `./a=b`.
    static func isURL(_ word: String) -> Bool {
        if schemes.contains(where: word.hasPrefix) { return true }
        guard let equals = word.firstIndex(of: "=") else { return false }
        return word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_" || $0 == " ") }
    }
}
