import Testing

@testable import Statistics

@Suite struct `The text of a number` {
    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (2.0 / 3, "0.666666666667"),
        (1234567890123.0, "1234567890120"), (123456789012.5, "123456789012"), (123456789013.5, "123456789014"),
        (0.000012345678901234, "0.0000123456789012"), (999999999999.9, "1000000000000"),
        (1e21, "1000000000000000000000"),
        (-1e-7, "-0.0000001"), (0.9999999999999, "1"),
    ])
    func `has 12 significant digits and no exponent`(number: Double, text: String) {
        #expect(SignificantText.of(number) == text)
    }

    @Test func `has no exponent at the ends of the range`() {
        #expect(SignificantText.of(.greatestFiniteMagnitude) == "179769313486" + String(repeating: "0", count: 297))
        #expect(
            SignificantText.of(.leastNonzeroMagnitude) == "0." + String(repeating: "0", count: 323) + "494065645841"
        )
    }
}
