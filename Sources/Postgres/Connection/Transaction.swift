/// What a transaction may see of others that run beside it.
package enum TransactionIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension Connection {
    /// Runs `body` between BEGIN and COMMIT, or ROLLBACK if it throws, and returns its result.
    ///
    /// - Throws: What `body` throws. A `PostgresError` of kind `commitOutcomeUnknown` where the session ended during
    ///   COMMIT; any other error means that nothing of the transaction has happened.
    package mutating func withTransaction<Value: ~Copyable>(
        isolation: TransactionIsolation = .readCommitted,
        _ body: (inout Connection) throws -> Value
    ) throws -> Value {
        try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue)")
        let value: Value
        do {
            value = try body(&self)
        } catch {
            rollBack()
            throw error
        }
        try commit()
        return value
    }

    /// The error that led here matters more than one of ROLLBACK, which fails only with the session, and then the
    /// server rolls back by itself.
    private mutating func rollBack() {
        do throws(PostgresError) {
            try execute("ROLLBACK")
        } catch {
            assert(isBroken, "ROLLBACK was refused: \(error)")
        }
    }

    private mutating func commit() throws(PostgresError) {
        let wasBroken = isBroken
        let result: QueryResult
        do throws(PostgresError) {
            result = try query("COMMIT")
        } catch {
            guard error.kind == .connectionLost, !wasBroken else { throw error }
            throw error.with(kind: .commitOutcomeUnknown)
        }
        // A transaction in which a statement failed answers COMMIT with a successful ROLLBACK.
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(
                kind: .server,
                sqlState: "25P02",
                message: "the transaction was rolled back because a statement in it had failed"
            )
        }
    }
}
