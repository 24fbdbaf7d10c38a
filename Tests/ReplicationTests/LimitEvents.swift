import LedgerTestSupport

/// Generates lines of JSON at the limits of what the ledger accepts, the same for the same seed: ids with any
/// character, decimals of any size, times from 1970 to 9999, contexts as deep and odd as JSON allows.
///
/// The ledger accepts most of them.
struct LimitEvents {
    private var random: SeededGenerator
    private var openIDs: [String] = []

    private static let openCountMax = 20
    private static let textFields = [
        "correlation_id", "quote", "strategy", "account", "venue", "exchange_order_id",
    ]
    private static let contextKeys = [
        "market_regime", "bull_confidence", "bear_confidence", "decision_confidence", "agent_votes", "signals", "",
    ]
    /// Characters with a special meaning in JSON, SQL, COPY or Unicode.
    private static let oddCharacters: [Unicode.Scalar] = [
        "\u{1}", "\u{7}", "\t", "\n", "\r", "\u{1F}", " ", "\"", "'", "\\", "$", "%", "{", "}", "/", "\u{7F}", "\u{80}",
        "\u{A0}", "\u{300}", "\u{202E}", "\u{2028}", "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "\u{10000}", "\u{1F600}",
        "\u{10FFFF}", "\u{D7FF}", "\u{E000}",
    ]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func nextLine() -> String {
        if openIDs.isEmpty || (openIDs.count < Self.openCountMax && pick(3) == 0) { return opened() }
        let index = pick(openIDs.count)
        let id = openIDs[index]
        switch pick(8) {
        case 0, 1: return line("trade.increased", id, fill())
        case 2: return line("trade.reduced", id, [#""amount":"1e-38""#, #""price":\#(decimal())"#] + remarks())
        case 3: return line("trade.adjusted", id, [#""kind":"other""#, #""cost":\#(decimal())"#] + remarks())
        case 4: return line("trade.annotated", id, remarks())
        case 5:
            openIDs.remove(at: index)
            return line("trade.voided", id, remarks())
        default:
            openIDs.remove(at: index)
            return line("trade.closed", id, [#""price":\#(decimal())"#] + remarks())
        }
    }

    private mutating func opened() -> String {
        let id = text(byteCountMax: 128)
        openIDs.append(id)
        var fields = fill()
        fields.append(#""symbol":\#(text(byteCountMax: 128))"#)
        fields.append(#""side":"\#(["buy", "sell"][pick(2)])""#)
        fields.append(#""order_type":\#(text(byteCountMax: 128))"#)
        for field in Self.textFields where pick(2) == 0 { fields.append(#""\#(field)":\#(text(byteCountMax: 128))"#) }
        return line("trade.opened", id, fields)
    }

    private mutating func fill() -> [String] {
        var fields = [#""amount":\#(decimal())"#, #""price":\#(decimal())"#]
        switch pick(4) {
        case 0: fields.append(#""fee":\#(decimal())"#)
        case 1:
            let cost = #""cost":\#(decimal()),"currency":\#(text(byteCountMax: 128))"#
            fields.append(#""fee":{\#(cost),"quote_cost":\#(decimal())}"#)
        default: break
        }
        if pick(3) == 0 { fields.append(#""fill_id":\#(text(byteCountMax: 128))"#) }
        if pick(2) == 0 { fields.append(context()) }
        return fields
    }

    private mutating func remarks() -> [String] {
        var fields: [String] = []
        for field in ["reason", "actor"] where pick(2) == 0 {
            fields.append(#""\#(field)":\#(text(byteCountMax: 1024))"#)
        }
        if pick(2) == 0 { fields.append(context()) }
        return fields
    }

    private mutating func line(_ type: String, _ id: String, _ fields: [String]) -> String {
        let days = ["1970-01-01", "2024-02-29", "9999-12-31"]
        // An open is followed by events that come after it, as a rule.
        let day = days[type == "trade.opened" ? pick(2) : 2 - pick(10) / 9]
        let common = [
            #""type":"\#(type)""#, #""trade_id":\#(id)"#,
            #""occurred_at":"\#(day)T\#(pick(2) == 0 ? "00:00:00.000000" : "23:59:59.999999")Z""#,
        ]
        return "{" + (common + fields).joined(separator: ",") + "}"
    }

    private mutating func context() -> String {
        var members: [String] = []
        for key in Self.contextKeys where pick(3) == 0 { members.append(#""\#(key)":\#(value(depth: 2))"#) }
        return #""context":{\#(members.joined(separator: " , "))}"#
    }

    /// A JSON value at this depth, counting the event and its context.
    private mutating func value(depth: Int) -> String {
        switch pick(9) {
        case 0: return number()
        case 1: return text(byteCountMax: pick(50) == 0 ? 200_000 : 40)
        case 2: return ["true", "false", "null", "[]", "{}"][pick(5)]
        case 3, 4: return "[" + (0..<pick(3)).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
        case 5: return "{" + text(byteCountMax: 40) + ":" + value(depth: depth + 1) + "}"
        case 6:
            let count = 64 - depth
            return String(repeating: "[", count: count) + number() + String(repeating: "]", count: count)
        default: return number()
        }
    }

    /// Any number of JSON's grammar, which has no bounds.
    private mutating func number() -> String {
        let sign = pick(2) == 0 ? "-" : ""
        let exponents = ["", "e0", "E+3", "e-400", "e131071", "e131072", "e-16383", "e-16384", "e99999999999"]
        let digits = [1, 2, 40, 3000][pick(4)]
        let fraction = pick(2) == 0 ? "" : "." + string(digits: [1, 30, 17_000][pick(3)])
        return sign + (pick(3) == 0 ? "0" : "9" + string(digits: digits)) + fraction + exponents[pick(9)]
    }

    /// A decimal as text or as a number, from the least to the greatest.
    private mutating func decimal() -> String {
        let text =
            switch pick(20) {
            case 0: "170141183460469231731687303715884105727e-\(pick(39))"
            case 1: "1e-38"
            case 2: "1e\(pick(39))"
            case 3: "0.\(string(digits: 1 + pick(38)))"
            default: "\(1 + pick(100_000)).\(string(digits: 1 + pick(21)))"
            }
        return pick(2) == 0 ? text : "\"\(text)\""
    }

    private mutating func string(digits count: Int) -> String {
        String(decoding: (0..<count).map { _ in UInt8(ascii: "0") + UInt8(pick(10)) }, as: UTF8.self)
    }

    /// A JSON string for at most this many bytes of UTF-8, and half of the time for exactly as many.
    private mutating func text(byteCountMax: Int) -> String {
        let wanted = pick(2) == 0 ? byteCountMax : 1 + pick(byteCountMax)
        var result = "\""
        var byteCount = 0
        while byteCount < wanted {
            var scalar = character()
            while byteCount + scalar.utf8.count > wanted { scalar = "x" }
            byteCount += scalar.utf8.count
            write(scalar, to: &result)
        }
        return result + "\""
    }

    private mutating func character() -> Unicode.Scalar {
        switch pick(4) {
        case 0: return Self.oddCharacters[pick(Self.oddCharacters.count)]
        case 1: return Unicode.Scalar(UInt32(1 + random.next(below: 0x10_FFFF))) ?? "\u{FFFD}"
        default: return Unicode.Scalar(UInt8(ascii: "a") + UInt8(pick(26)))
        }
    }

    /// Writes a character as itself, or as the escapes that JSON has for it.
    private mutating func write(_ scalar: Unicode.Scalar, to text: inout String) {
        if scalar.value >= 0x20, scalar != "\"", scalar != "\\", pick(3) != 0 {
            text.unicodeScalars.append(scalar)
            return
        }
        for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
    }

    private mutating func pick(_ count: Int) -> Int { Int(random.next(below: UInt64(count))) }
}
