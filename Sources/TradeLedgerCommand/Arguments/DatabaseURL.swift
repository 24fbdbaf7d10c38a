internal import Postgres

/// Distinguishes a database from a directory where an operand can name either.
enum DatabaseURL {
    private static let schemes = ["postgresql://", "postgres://"]

    /// Whether the word is a URL of a database, or a connection string such as `host=/run/postgresql dbname=scratch`.
    ///
    /// A directory whose name looks like one is named with its path: `./a=b`.
    static func isURL(_ word: String) throws(Failure) -> Bool {
        if schemes.contains(where: word.hasPrefix) { return true }
        let isPair =
            word.firstIndex(of: "=").map { equals in
                word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_" || $0 == " ") }
            } ?? false
        if isPair { return true }
        // A mistyped URL must not be taken for a directory: its password would become part of a directory name.
        let isPath = word.hasPrefix("/") || word.hasPrefix(".")
        guard isPath || !word.contains("://") && PasswordRedaction.redacted(word) == word else {
            throw Failure(
                .usage,
                "\(word) is not a database URL, which begins with postgresql:// or postgres://; a directory of such "
                    + "a name is written ./NAME"
            )
        }
        return false
    }
}
