/// A fault of the database, of the connection to it, or of a value that it could not be given.
///
/// `description` is fit for logs: it holds no password and no row contents. What may quote row contents (the server's
/// detail, its context, and its message for a data exception) is in the fields and in `debugDescription`.
package struct PostgresError: Error, Equatable, Sendable {
    /// Where the fault lies, which decides what a caller can do about it.
    package enum Kind: Equatable, Sendable {
        /// A connection URL or a value was refused before anything was sent.
        case invalidArgument
        /// No session could be established.
        case connectionFailed
        /// An established session has ended; the server rolls back its open transaction.
        case connectionLost
        /// The server answered with an error, and the session continues.
        case server
        /// The session ended while a COMMIT was under way: the transaction may or may not have happened.
        case commitOutcomeUnknown
        /// The server's answer is not one that the request allows.
        case protocolViolation
        /// A row holds a value that no program of the ledger writes there.
        case foreignValue
        /// The session's `WaitLimit` requested a stop.
        ///
        /// If a COMMIT was in progress, its outcome is unknown.
        case stopped
    }

    package let kind: Kind
    /// The five characters of the server's error code, where the server named one.
    package let sqlState: String?
    /// The primary message, on one line.
    package let message: String
    package let detail: String?
    package let hint: String?
    /// Where in the server the error arose, for example `COPY trade_events, line 3, column price`.
    package let context: String?

    package init(
        kind: Kind,
        sqlState: String? = nil,
        message: String,
        detail: String? = nil,
        hint: String? = nil,
        context: String? = nil
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = PasswordRedaction.redacted(message)
        self.detail = detail
        self.hint = hint
        self.context = context
    }

    /// The same fault seen from another angle: a session that ends during COMMIT leaves the outcome unknown.
    func with(kind: Kind) -> PostgresError { with(kind: kind, message: message) }

    /// The same fault, and what else is known of it.
    package func adding(_ finding: String) -> PostgresError { with(kind: kind, message: message + "; " + finding) }

    private func with(kind: Kind, message: String) -> PostgresError {
        PostgresError(
            kind: kind,
            sqlState: sqlState,
            message: message,
            detail: detail,
            hint: hint,
            context: context
        )
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// What happened, without passwords and without row contents.
    package var description: String {
        var text = Self.title(of: kind)
        if let sqlState {
            text += " (SQLSTATE \(sqlState))"
        }
        // Class 22, data exception: the message itself quotes the value that was refused.
        let quotesValues = kind == .server && sqlState?.hasPrefix("22") == true
        return text + ": " + (quotesValues ? "a value was refused" : message)
    }

    /// Everything that the server said, row contents included: for a person at a terminal, not for a log.
    package var debugDescription: String {
        var text = Self.title(of: kind)
        if let sqlState {
            text += " (SQLSTATE \(sqlState))"
        }
        text += ": " + message
        for (name, value) in [("detail", detail), ("hint", hint), ("context", context)] {
            if let value {
                text += "; \(name): \(value)"
            }
        }
        return text
    }

    private static func title(of kind: Kind) -> String {
        switch kind {
        case .invalidArgument: "refused before sending"
        case .connectionFailed: "the database cannot be reached"
        case .connectionLost: "the connection to the database was lost"
        case .server: "the database answered with an error"
        case .commitOutcomeUnknown: "the connection was lost during COMMIT, whose outcome is unknown"
        case .protocolViolation: "the database's answer is not understood"
        case .foreignValue: "the database was changed by another program"
        case .stopped: "stopped"
        }
    }
}
