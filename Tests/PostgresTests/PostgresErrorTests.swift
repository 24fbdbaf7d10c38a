import Postgres
import Testing

@Suite struct `A database error` {
    @Test(
        arguments: [
            (
                .transient,
                [
                    "08006", "25006", "25P03", "25P04", "40003", "53100", "53200", "53300", "55006", "55P03", "57014",
                    "57P01", "57P02", "57P03", "57P04", "57P05", "58030",
                ]
            ),
            (.conflict, ["40001", "40P01"]),
            (.refusedData, ["22P02", "23505", "23514", "44000", "54000", "P0001"]),
            (.forbidden, ["28000", "28P01", "42501"]),
            (.absent, ["3D000", "3F000", "42P01", "42703", "42883", "42601", "42804"]),
            (.unknown, ["0A000", "25P02", "F0000", "XX000", "XX001"]),
        ] as [(PostgresError.RetryClass, [String])]
    )
    func `has a retry class by its code`(retryClass: PostgresError.RetryClass, sqlStates: [String]) {
        for sqlState in sqlStates {
            #expect(
                PostgresError(kind: .server, sqlState: sqlState, message: "").retryClass == retryClass,
                "\(sqlState)"
            )
            let refusal = PostgresError(kind: .connectionFailed, sqlState: sqlState, message: "")
            #expect(refusal.retryClass == retryClass, "\(sqlState)")
            #expect(refusal.isRetryable == [.transient, .conflict].contains(retryClass), "\(sqlState)")
            // Whatever ended the session, the next one may work.
            #expect(PostgresError(kind: .connectionLost, sqlState: sqlState, message: "").retryClass == .transient)
        }
    }

    @Test(
        arguments: [
            (.connectionFailed, .transient), (.connectionLost, .transient), (.commitOutcomeUnknown, .transient),
            (.invalidArgument, .misuse), (.protocolViolation, .unknown), (.server, .unknown), (.stopped, .stop),
        ] as [(PostgresError.Kind, PostgresError.RetryClass)]
    )
    func `without a code has a retry class by its kind`(kind: PostgresError.Kind, retryClass: PostgresError.RetryClass)
    {
        #expect(PostgresError(kind: kind, message: "").retryClass == retryClass)
    }

    @Test func `shows row contents only on request`() {
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
