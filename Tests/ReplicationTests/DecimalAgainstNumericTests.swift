import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing
import TradeModel

/// Sums, products and quotients of random decimals, checked by PostgreSQL's `numeric`, which is exact and independent.
@Suite(.needsServer) struct `Decimals against numeric` {
    private static let pairCount = 100_000
    /// The condition, in SQL, for a value that does not fit a decimal: more than 38 digits after the point, or a
    /// coefficient of 2^127 or more.
    private static let misfit =
        "(scale(trim_scale(%)) > 38 OR abs(%) * 10::numeric ^ scale(trim_scale(%)) >= 2::numeric ^ 127)"

    @Test(arguments: TestServer.all.prefix(1), [UInt64(20_261_121)])
    func `a hundred thousand random pairs have the server's sums, products and quotients`(
        server: TestServer,
        seed: UInt64
    ) throws {
        try server.withDatabase { url in
            var connection = try Connection(url: url, password: nil, applicationName: "decimal tests")
            try connection.execute(
                "CREATE TABLE pairs (a numeric, b numeric, sum numeric, product numeric, quotient numeric)"
            )
            try fill(&connection, seed)
            let wrong = [
                "sum IS DISTINCT FROM a + b AND NOT (sum IS NULL AND \(misfit("a + b")))",
                "sum::text <> trim_scale(a + b)::text",
                "product IS DISTINCT FROM a * b AND NOT (product IS NULL AND \(misfit("a * b")))",
                "product::text <> trim_scale(a * b)::text",
                // Half a unit of the last place at most, and the even neighbour on a tie.
                "2 * abs(quotient * b - a) > abs(b) * 1e-18",
                "2 * abs(quotient * b - a) = abs(b) * 1e-18 AND mod(abs(quotient) * 1e18, 2) <> 0",
                "quotient IS NULL AND abs(a) < abs(b) * 170141183460469231730",
            ]
            for condition in wrong {
                let result = try connection.query(
                    "SELECT count(*), min(a::text || ' ' || b::text) FROM pairs WHERE \(condition)",
                    []
                )
                #expect(
                    result.text(row: 0, column: 0) == "0",
                    "\(condition), first for \(result.text(row: 0, column: 1) ?? ""), seed \(seed)"
                )
            }
            let fitting = try connection.query(
                "SELECT count(sum) > 10000 AND count(product) > 10000 AND count(quotient) > 10000 FROM pairs",
                []
            )
            #expect(fitting.text(row: 0, column: 0) == "t", "too few of the results fit for the test to say anything")
        }
    }

    private func misfit(_ expression: String) -> String {
        Self.misfit.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "(\(expression))")
    }

    private func fill(_ connection: inout Connection, _ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        _ = try connection.copyIn("COPY pairs FROM STDIN (FORMAT binary)") { copy in
            for _ in 0..<Self.pairCount {
                let (a, b) = (try Self.decimal(&generator), try Self.divisor(&generator))
                let results: [Decimal?] = [
                    Self.fitting { () throws(DecimalError) in try a.adding(b) },
                    Self.fitting { () throws(DecimalError) in try a.multiplied(by: b) },
                    Self.fitting { () throws(DecimalError) in try Decimal.quotient(a, by: b) },
                ]
                try copy.writeRow { (row) throws(PostgresError) in
                    for value in [a, b] + results {
                        if let value {
                            row.append(numericCoefficient: value.coefficient, scale: value.scale)
                        } else {
                            row.appendNull()
                        }
                    }
                }
            }
        }
    }

    private static func fitting(_ body: () throws(DecimalError) -> Decimal) -> Decimal? {
        do { return try body() } catch { return nil }
    }

    private static func divisor(_ generator: inout SeededGenerator) throws -> Decimal {
        let decimal = try decimal(&generator)
        return decimal.isZero ? .one : decimal
    }

    /// Coefficients of every length and scales of every size, half of them small as prices and amounts are.
    private static func decimal(_ generator: inout SeededGenerator) throws -> Decimal {
        let isSmall = Bool.random(using: &generator)
        let bitCount = Int.random(in: 1...(isSmall ? 60 : 126), using: &generator)
        let magnitude = Int128.random(in: 0..<(Int128(1) << Int128(bitCount)), using: &generator)
        let scale = Int.random(in: 0...(isSmall ? 12 : 38), using: &generator)
        return try Decimal(coefficient: Bool.random(using: &generator) ? magnitude : -magnitude, scale: scale)
    }
}
