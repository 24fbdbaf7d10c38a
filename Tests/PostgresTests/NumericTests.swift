import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `A binary numeric` {
    @Test(
        arguments: [
            ("0", false, 0, 0, []),
            ("-0.00", false, 0, 2, []),
            ("1", false, 0, 0, [1]),
            ("-123.4500", true, 0, 4, [123, 4500]),
            ("10000", false, 1, 0, [1]),
            ("0.00012", false, -1, 5, [1, 2000]),
            ("0.00001", false, -2, 5, [1000]),
            ("0012.5", false, 0, 1, [12, 5000]),
        ] as [(String, Bool, Int16, UInt16, [UInt16])]
    )
    func `holds groups of four digits around the point`(
        text: String,
        isNegative: Bool,
        weight: Int16,
        displayScale: UInt16,
        groups: [UInt16]
    ) throws {
        let numeric = try BinaryNumeric(text: Array(text.utf8)[...])
        #expect(numeric.isNegative == isNegative)
        #expect(numeric.weight == weight)
        #expect(numeric.displayScale == displayScale)
        #expect(numeric.groups == groups)
    }

    @Test(arguments: ["", "-", ".", "1.", ".5", "+1", "1e5", "1,5", " 1", "NaN", "--1", "1.2.3", "٣"])
    func `refuses text that is not a plain decimal`(text: String) throws {
        let error = try #require(throws: PostgresError.self) {
            _ = try BinaryNumeric(text: Array(text.utf8)[...])
        }
        #expect(error.kind == .invalidArgument)
    }

    @Test func `refuses one digit more than numeric holds`() throws {
        let longestInteger = String(repeating: "9", count: 131_072)
        let longestFraction = "0." + String(repeating: "9", count: 16_383)
        #expect(throws: Never.self) { try BinaryNumeric(text: Array(longestInteger.utf8)[...]) }
        #expect(throws: Never.self) { try BinaryNumeric(text: Array(longestFraction.utf8)[...]) }
        #expect(throws: PostgresError.self) { try BinaryNumeric(text: Array((longestInteger + "9").utf8)[...]) }
        #expect(throws: PostgresError.self) { try BinaryNumeric(text: Array((longestFraction + "9").utf8)[...]) }
    }

    @Test(arguments: [
        ("-0", "0"), ("0.000", "0"), ("1.500", "1.5"), ("100", "100"), ("120000.0010", "120000.001"),
        ("0.00000001", "0.00000001"), ("-99999999.9", "-99999999.9"), ("007", "7"),
    ])
    func `reads back as canonical text`(text: String, canonicalText: String) throws {
        #expect(try BinaryNumeric(text: Array(text.utf8)[...]).canonicalText == canonicalText)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `is the same from a coefficient and from text`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bits = Int.random(in: 0...127, using: &generator)
            let magnitude = Int128(
                truncatingIfNeeded: UInt128.random(in: 0...(.max), using: &generator) >> (128 - bits)
            )
            let coefficient = Bool.random(using: &generator) ? -magnitude : magnitude
            let scale = Int.random(in: 0...38, using: &generator)
            let numeric = try encoded(coefficient: coefficient, scale: scale)
            let text = plainText(coefficient: coefficient, scale: scale)
            #expect(try numeric == BinaryNumeric(text: Array(text.utf8)[...]), "\(text)")
            let decimal = try #require(numeric.coefficientAndScale, "\(text)")
            let again = try encoded(coefficient: decimal.coefficient, scale: decimal.scale)
            #expect(again.groups == numeric.groups && again.weight == numeric.weight, "\(text)")
            #expect(decimal.scale == 0 || decimal.coefficient % 10 != 0, "\(text) has the smallest scale")
        }
    }

    @Test(arguments: [
        ("170141183460469231731687303715884105727", true),
        ("-170141183460469231731687303715884105727", true),
        ("170141183460469231731687303715884105728", false),
        ("0.00000000000000000000000000000000000001", true),
        ("0.000000000000000000000000000000000000010", true),
        ("0.000000000000000000000000000000000000001", false),
        ("1000000000000000000000000000000000000000", false),
        ("1.70141183460469231731687303715884105727", true),
    ])
    func `becomes a coefficient if it fits 127 bits and 38 digits`(text: String, fits: Bool) throws {
        let decimal = try BinaryNumeric(text: Array(text.utf8)[...]).coefficientAndScale
        #expect((decimal != nil) == fits)
    }

    private func encoded(coefficient: Int128, scale: Int) throws -> BinaryNumeric {
        let row = try CopyRow(columnCount: 1) { row in row.append(numericCoefficient: coefficient, scale: scale) }
        return try #require(try row.numeric(0))
    }

    private func plainText(coefficient: Int128, scale: Int) -> String {
        let digits = String(coefficient.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let sign = coefficient < 0 ? "-" : ""
        return sign + padded.dropLast(scale) + (scale > 0 ? "." + padded.suffix(scale) : "")
    }
}

@Suite(.needsServer) struct `A numeric on its way through the server` {
    private static let edges = [
        "0", "0.00", "1", "-1", "0.00000000000000000000000000000000000001",
        "12345678901234567890123456789012345678", "-0.12345678901234567890123456789012345678",
        "9999", "10000", "-10000.0001", "123.4500", "1000000000000000.000000000000000000001",
        String(repeating: "9", count: 131_072),
        "-1" + String(repeating: "0", count: 131_071),
        "0." + String(repeating: "0", count: 16_382) + "1",
    ]

    @Test func `keeps its digits and its scale at the edges`() throws {
        try roundTrip(Self.edges)
    }

    @Test(arguments: [11, 12] as [UInt64])
    func `keeps its digits and its scale at random`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try roundTrip((0..<1_500).map { _ in generator.decimalText(digitCountMax: 60) })
    }

    @Test func `is the value of its coefficient and scale`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE numerics (value numeric)")
            let values: [(Int128, Int)] = [
                (.max, 0), (-.max, 38), (.min, 7), (1, 38), (0, 5), (1_500, 3), (-10_000, 2),
            ]
            _ = try connection.copyIn("COPY numerics FROM STDIN (FORMAT binary)") { copy in
                for (coefficient, scale) in values {
                    try copy.writeRow { row throws(PostgresError) in
                        row.append(numericCoefficient: coefficient, scale: scale)
                    }
                }
            }
            for (coefficient, scale) in values {
                let power = "1" + String(repeating: "0", count: scale)
                let found = try connection.query(
                    "SELECT 1 FROM numerics WHERE value * $1::numeric = $2::numeric AND scale(value) = $3",
                    [.text(power), .text(String(coefficient)), .int64(Int64(scale))]
                )
                #expect(found.rowCount == 1, "\(coefficient) with scale \(scale)")
            }
        }
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity"])
    func `is refused when read if it is not a decimal`(text: String) throws {
        try TestServer.withDatabase { connection, _ in
            try connection.copyOut("SELECT '\(text)'::numeric") { rows in
                let row = try #require(try rows.next())
                let error = #expect(throws: PostgresError.self) { _ = try row.numeric(0) }
                #expect(error?.kind == .protocolViolation)
            }
        }
    }

    private func roundTrip(_ texts: [String]) throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE numerics (id bigint, value numeric, text text)")
            let count = try connection.copyIn("COPY numerics FROM STDIN (FORMAT binary)") { copy in
                for (index, text) in texts.enumerated() {
                    try copy.writeRow { row throws(PostgresError) in
                        row.append(int64: Int64(index))
                        try row.append(numericText: text)
                        row.append(text: text)
                    }
                }
            }
            #expect(count == texts.count)
            let different = try connection.query(
                """
                SELECT left(text, 80), left(value::text, 80) FROM numerics
                WHERE value::text IS DISTINCT FROM text::numeric::text
                """
            )
            #expect(
                different.rowCount == 0,
                "first: \(different.rowCount > 0 ? different.text(row: 0, column: 0) : nil)"
            )
            try connection.copyOut("SELECT value, trim_scale(value)::text FROM numerics ORDER BY id") { rows in
                var rowCount = 0
                while let row = try rows.next() {
                    let numeric = try #require(try row.numeric(0))
                    #expect(numeric.canonicalText == row.text(1))
                    rowCount += 1
                }
                #expect(rowCount == texts.count)
            }
        }
    }
}
