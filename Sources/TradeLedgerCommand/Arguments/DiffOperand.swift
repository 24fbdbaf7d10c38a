internal import Replay
internal import TradeModel

/// One side of a `diff` as the command line names it.
enum DiffOperand {
    /// A ledger or a backup, at a moment.
    case ledger(directory: String, Moment)
    case database(url: String)

    /// Parses an operand: a URL, `DIR`, `DIR@MOMENT`, or `@MOMENT` for the ledger of `--ledger`.
    ///
    /// A moment is the sequence of an event, an RFC 3339 time or a date. A directory whose name ends like one is named
    /// with a slash at its end.
    init(_ word: String, _ settings: Settings) throws(Failure) {
        if try DatabaseURL.isURL(word) {
            self = .database(url: word)
        } else if let at = word.lastIndex(of: "@"), let moment = Self.moment(word[word.index(after: at)...]) {
            self = .ledger(directory: at == word.startIndex ? settings.ledgerDirectory : String(word[..<at]), moment)
        } else if word.hasPrefix("@") {
            throw Failure(
                .usage,
                "\(word) is not a moment: write @SEQUENCE, or @TIME such as @2026-01-31T12:00:00Z or @2026-01-31"
            )
        } else {
            self = .ledger(directory: word, .now)
        }
    }

    private static func moment(_ text: Substring) -> Moment? {
        if let sequence = UInt64(text) { return .sequence(sequence) }
        return Timestamp(argument: String(text)).map(Moment.time)
    }
}
