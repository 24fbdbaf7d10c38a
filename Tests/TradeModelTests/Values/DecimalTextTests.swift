import Testing
import TradeModel

@Suite struct `The text of decimals` {
    @Test(arguments: [UInt64(21)])
    func `what is written reads back the same, also with an exponent`(seed: UInt64) throws {
        let broken = try Operands.firstBreaking(seed: seed) { value, _, _ in
            try Decimal(value.description) == value
                && Decimal("\(value.coefficient)e-\(value.scale)") == value
                && Decimal("\(value.coefficient).000E-\(value.scale)") == value
        }
        #expect(broken == nil)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("-0.0e5", "0"), ("0e999999999999999999999", "0"),
        ("1.0", "1"), ("100e-2", "1"), ("0.01E+2", "1"), ("1e-7", "0.0000001"), ("-12.3400", "-12.34"),
        ("1e15", "1000000000000000"), ("10", "10"), ("1e-38", "0.00000000000000000000000000000000000001"),
        ("0.000000000000000000001", "0.000000000000000000001"),
        ("1000000000000000.000000000000000000001", "1000000000000000.000000000000000000001"),
        ("1234567890123456789012345678901234567.8", "1234567890123456789012345678901234567.8"),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ("-1.70141183460469231731687303715884105727", "-1.70141183460469231731687303715884105727"),
        ("1e38", "100000000000000000000000000000000000000"),
        ("1\(String(repeating: "0", count: 5000))e-5000", "1"),
        ("0.\(String(repeating: "0", count: 5000))25e5001", "2.5"),
        ("0.5\(String(repeating: "0", count: 5000))", "0.5"),
    ])
    func `numbers come back canonical`(text: String, canonical: String) throws {
        #expect(try Decimal(text).description == canonical)
    }

    @Test(arguments: [
        "", "-", "+1", " 1", "1 ", "01", "-01", "00", ".5", "1.", "1.e5", "1e", "1e+", "1e-", "1e5.0", "0x10", "1_000",
        "1,5", "--1", "NaN", "Infinity", "1e1e1", "1.2.3", "e5", "-e5", "１", "1\u{0}", "1-", "1e-+5", "1e 5",
        "9e999999999999999999999x",
    ])
    func `text that is not a JSON number is refused`(text: String) {
        #expect(throws: DecimalError.notANumber) { try Decimal(text) }
    }

    @Test(arguments: [
        "170141183460469231731687303715884105728", "-170141183460469231731687303715884105728", "2e38", "1e39",
        "340282366920938463463374607431768211456", "999999999999999999999999999999999999999", "1e-39", "1.5e-38",
        "1e999999999999999999999", "1e-999999999999999999999", "1e9223372036854775807", "1e-9223372036854775808",
        "1.00000000000000000000000000000000000000000000001", "1\(String(repeating: "0", count: 5000))1",
    ])
    func `numbers that do not fit are out of range`(text: String) {
        #expect(throws: DecimalError.outOfRange) { try Decimal(text) }
    }

    @Test func `a slice of a line is read in place`() throws {
        let line = Array("{\"price\":64250.50,".utf8)
        #expect(try Decimal(parsing: line[9..<17].span).description == "64250.5")
    }

    @Test func `text is appended to the buffer`() throws {
        var bytes = Array("price=".utf8)
        try Decimal("-0.05").write(into: &bytes)
        #expect(bytes == Array("price=-0.05".utf8))
    }
}
