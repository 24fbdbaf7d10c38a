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
