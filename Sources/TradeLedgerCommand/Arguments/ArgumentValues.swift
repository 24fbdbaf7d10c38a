internal import Postgres
internal import Records
internal import Replay
internal import TradeModel

extension CommandLineArguments {
    /// The whole number that is the value of an option.
    func number(_ name: String) throws(Failure) -> UInt64? {
        guard let text = self[name] else { return nil }
        guard let number = UInt64(text) else { throw Failure(.usage, "\(name) takes a whole number, not \(text)") }
        return number
    }

    /// The value of an option, which must be one of a few; nil where it is not there.
    func choice(_ name: String, of choices: [String]) throws(Failure) -> String? {
        guard let value = self[name] else { return nil }
        try Self.check(value, of: name, isOneOf: choices)
        return value
    }

    /// The value of an option that takes one of some names; nil where it is not there.
    func choice<Choice: RawRepresentable<String>>(
        _ name: String,
        among choices: [Choice]
    ) throws(Failure) -> Choice? {
        try choice(name, of: choices.map(\.rawValue)).flatMap { Choice(rawValue: $0) }
    }

    /// Throws a failure that lists the choices, and suggests the nearest, where a value of an option is none of them.
    static func check(_ value: String, of name: String, isOneOf choices: [String]) throws(Failure) {
        guard !choices.contains(value) else { return }
        let advice = Suggestion.text(for: value, among: choices).map { "; " + $0 } ?? ""
        let list = choices.dropLast().joined(separator: ", ") + " or " + (choices.last ?? "")
        throw Failure(.usage, "\(name) takes \(list), not \(value)\(advice)")
    }

    /// The time that is the value of an option: RFC 3339, a date for its first moment in UTC, or epoch milliseconds.
    func time(_ name: String) throws(Failure) -> Timestamp? {
        guard let text = self[name] else { return nil }
        if let time = Timestamp(argument: text) { return time }
        let bytes = Array(text.utf8)
        guard let time = Timestamp(milliseconds: bytes.span) else {
            throw Failure(
                .usage,
                "\(name) takes a time such as 2026-01-31T12:00:00Z, a date or epoch milliseconds, not \(text)"
            )
        }
        // `date +%s` gives seconds, which as milliseconds would be a day in 1970.
        guard time >= .leastMilliseconds else {
            let seconds = Timestamp(microsecondsSince1970: time.microsecondsSince1970 * 1000)
            throw Failure(
                .usage,
                "\(name) takes epoch milliseconds, so \(text) would be \(time); as seconds it would be \(seconds): "
                    + "write the time as RFC 3339"
            )
        }
        return time
    }

    /// The moment that one of two options names: a time, or the sequence of an event; now if neither is given.
    func moment(time timeOption: String, sequence sequenceOption: String) throws(Failure) -> Moment {
        switch (try time(timeOption), try number(sequenceOption)) {
        case (nil, nil): .now
        case (let time?, nil): .time(time)
        case (nil, let sequence?): .sequence(sequence)
        case (.some, .some): throw Failure(.usage, "\(timeOption) and \(sequenceOption) cannot be combined")
        }
    }
}

/// Distinguishes a database from a directory where an operand can name either.
enum DatabaseURL {
    private static let schemes = ["postgresql://", "postgres://"]

    /// Whether the word is a URL of a database, or a connection string such as `host=/run/postgresql dbname=scratch`.
    ///
    /// A directory whose name looks like a connection string is written with its path: `./a=b`.
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
                "\(word) is not a database URL, because it does not begin with postgresql:// or postgres://; if it is "
                    + "a directory, write ./NAME"
            )
        }
        return false
    }
}

extension TimeRange {
    /// The range that two options give.
    init(_ arguments: CommandLineArguments, since: String, until: String) throws(Failure) {
        self.init(since: try arguments.time(since), until: try arguments.time(until))
    }
}
