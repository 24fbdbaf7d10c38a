import LedgerTestSupport

extension SeededGenerator {
    /// A decimal, half of the time with a fraction, of up to `digitCountMax` digits on either side of the point.
    mutating func decimalText(digitCountMax: Int) -> String {
        var text = Bool.random(using: &self) ? "-" : ""
        text += digits(count: Int.random(in: 1...digitCountMax, using: &self))
        if Bool.random(using: &self) {
            text += "." + digits(count: Int.random(in: 1...digitCountMax, using: &self))
        }
        return text
    }

    private mutating func digits(count: Int) -> String {
        // Long runs of zeros and nines are where groups begin, end and carry.
        var text = ""
        while text.count < count {
            let run = Int.random(in: 1...6, using: &self)
            let digit = ["0", "9", String(Int.random(in: 0...9, using: &self))][Int.random(in: 0..<3, using: &self)]
            text += String(repeating: digit, count: run)
        }
        return String(text.prefix(count))
    }
}
