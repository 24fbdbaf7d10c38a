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
        // Class 22, data exception: the message itself quotes the value that was refused.
        let quotesValues = kind == .server && sqlState?.hasPrefix("22") == true
        return title + ": " + (quotesValues ? "a value was refused" : message)
    }

    /// Everything that the server said, row contents included: for a person at a terminal, not for a log.
    package var debugDescription: String {
        let fields = [("detail", detail), ("hint", hint), ("context", context)]
        let told = fields.compactMap { name, value in value.map { "; \(name): \($0)" } }
        return title + ": " + message + told.joined()
    }

    /// The kind, and the server's code if there is one.
    private var title: String {
        let title =
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
        return title + (sqlState.map { " (SQLSTATE \($0))" } ?? "")
    }
}

extension PostgresError {
    /// Whether an operation can succeed when it is retried after a fault, and who must act if it cannot.
    package enum RetryClass: Equatable, Sendable {
        /// The work was asked to end.
        case stop
        /// Waiting resolves it: the network, the server's resources, or concurrent work.
        case transient
        /// A concurrent transaction interfered; an immediate retry can succeed.
        case conflict
        /// The server refuses what it was given: a value, or a row by its constraints and triggers.
        case refusedData
        /// The database holds a value that no program of the ledger can have written.
        case foreignData
        /// The login may not log in, or lacks a right.
        case forbidden
        /// The database, the schema or a table is not there.
        case absent
        /// The request was wrong before it was sent.
        case misuse
        /// None of these: waiting may or may not help.
        case unknown
    }

    /// The retry class by the kind of the fault, and then by its code.
    package var retryClass: RetryClass {
        switch kind {
        case .stopped: .stop
        case .invalidArgument: .misuse
        case .connectionLost, .commitOutcomeUnknown: .transient
        case .protocolViolation: .unknown
        case .foreignValue: .foreignData
        // Without a code no server was reached.
        case .connectionFailed: sqlState.map(Self.retryClass) ?? .transient
        case .server: sqlState.map(Self.retryClass) ?? .unknown
        }
    }

    /// Whether a retry on a new connection after a pause can succeed without intervention.
    ///
    /// An unknown commit outcome counts as retryable because the work is: the caller must first check whether it was
    /// committed.
    package var isRetryable: Bool { retryClass == .transient || retryClass == .conflict }

    /// The retry class by the code, in the only table of codes.
    ///
    /// See appendix A of the PostgreSQL documentation, "PostgreSQL Error Codes".
    private static func retryClass(_ sqlState: String) -> RetryClass {
        switch sqlState {
        case "40001", "40P01": .conflict  // serialization_failure, deadlock_detected
        case "25006": .transient  // read_only_sql_transaction: a standby, until it is promoted
        case "25P03", "25P04": .transient  // idle_in_transaction_session_timeout, transaction_timeout
        case "55P03", "55006": .transient  // lock_not_available, object_in_use
        case "42501": .forbidden  // insufficient_privilege
        case "3D000", "3F000": .absent  // invalid_catalog_name, invalid_schema_name
        case "42P01", "42703", "42883": .absent  // undefined_table, undefined_column, undefined_function
        default: retryClass(ofClass: sqlState.prefix(2))
        }
    }

    private static func retryClass(ofClass code: Substring) -> RetryClass {
        switch code {
        // Connection exception, transaction rollback, insufficient resources, operator intervention, system error.
        case "08", "40", "53", "57", "58": .transient
        // Data exception, integrity constraint violation, WITH CHECK OPTION violation, program limit exceeded, and what
        // a trigger raises.
        case "22", "23", "44", "54", "P0": .refusedData
        case "28": .forbidden  // invalid authorization specification
        case "42": .absent  // an object in a statement is missing, or of another kind
        default: .unknown
        }
    }
}
