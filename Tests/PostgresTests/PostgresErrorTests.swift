import Postgres
import Testing

@Suite struct `A database error` {
    @Test(arguments: [
        ("08006", true), ("25006", true), ("40001", true), ("40P01", true), ("53100", true), ("53300", true),
        ("55P03", true), ("57014", true), ("57P01", true), ("57P02", true), ("57P03", true), ("58030", true),
        ("22P02", false), ("23505", false), ("28P01", false), ("3D000", false), ("42501", false), ("42P01", false),
        ("57P04", false), ("XX001", false),
    ])
    func `is worth another try by its code`(sqlState: String, isRetryable: Bool) {
        #expect(PostgresError(kind: .server, sqlState: sqlState, message: "").isRetryable == isRetryable)
    }

    @Test(
        arguments: [
            (.connectionFailed, true), (.connectionLost, true), (.commitOutcomeUnknown, true),
            (.invalidArgument, false), (.protocolViolation, false),
        ] as [(PostgresError.Kind, Bool)]
    )
    func `without a code is worth another try by its kind`(kind: PostgresError.Kind, isRetryable: Bool) {
        #expect(PostgresError(kind: kind, message: "").isRetryable == isRetryable)
    }

    @Test func `shows row contents only to who asks for them`() {
        let error = PostgresError(
            kind: .server,
            sqlState: "23505",
            message: "duplicate key value violates unique constraint \"trades_pkey\"",
            detail: "Key (id)=(7) already exists.",
            context: "COPY trades, line 1"
        )
        #expect(
            error.description == """
                the database answered with an error (SQLSTATE 23505): \
                duplicate key value violates unique constraint "trades_pkey"
                """
        )
        #expect(
            error.debugDescription == error.description
                + "; detail: Key (id)=(7) already exists.; context: COPY trades, line 1"
        )
    }
}
