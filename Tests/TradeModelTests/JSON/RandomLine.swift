import LedgerTestSupport
import TradeModel

/// Lines that are nearly events: members in any order, with usual and unusual values, and with spaces.
struct RandomLine {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    private static let types = [
        "trade.opened", "trade.increased", "trade.reduced", "trade.closed", "trade.adjusted", "trade.annotated",
        "trade.voided",
    ]
    private static let texts = [
        #""a""#, #""BTC/USDT""#, #""""#, #""日本/円""#, #""\u00e9""#, #""a\"b""#, #""\ud83d\ude00""#,
        "\"" + String(repeating: "x", count: 128) + "\"", "\"" + String(repeating: "x", count: 129) + "\"", "7", "null",
    ]
    private static let decimals = [
        "1", "0", "-0.0", "0.25", #""64210.50""#, "1e-7", "2.5E+3", "12345678901234567890", "0.30000000000000004",
        "9999999999999999999", "170141183460469231731687303715884105728", "1e39", "01", "1.", #""1 ""#, #""-""#, "null",
        #""0.000000000000000000000000000000000000010""#, "true", #""\u0031""#,
    ]
    private static let times = [
        "1767603600000", #""2026-01-05T09:00:00Z""#, #""2026-01-05T09:00:00.1234567+02:00""#, "1767603600",
        #""2026-01-05T09:00:00""#, "253402300800000", "null", "1767603600000.0",
    ]
    private static let ids = [
        #""98bcae07-326c-5892-a1cf-be47e347a737""#, #""98BCAE07-326C-5892-A1CF-BE47E347A737""#,
        #""98bcae07-326c-5892-a1cf-be47e347a73g""#, #""98bcae07-326c-5892-a1cf_be47e347a737""#, "null",
    ]
    private static let contexts = [
        "{}", #"{"a":1,"b":[true,false,null,{"c":"d"}],"e":{"a":-1.5e-7}}"#, #"{"a":1,"a":2}"#,
        #"{"a":{"a":{"a":[]}}}"#,
        #"{"text":"\u2019 \n \ud83d\ude00 é"}"#, #"{"a\u0062":1}"#, #"{"é":1}"#, #"{"a":NaN}"#, #"{"a":01}"#,
        #"{"a":1,}"#, "[]", "null", #"{"a":"\ud83d"}"#, #"{ "a" : [ 1 , 2 ] }"#, #"{"a":[1,2}"#, #"{"a":[[],[[]]]}"#,
    ]
    private static let fees = [
        "1", #""0.5""#, #"{"cost":1}"#, #"{"currency":"BNB","cost":"0.001","rate":0.1}"#, #"{"currency":"BNB"}"#,
        #"{"cost":1,"cost":2}"#, #"{"cost":null,"quote_cost":3}"#, "{}", "null", #"{"cost":1,"rate":[1]}"#,
        #"{"cost":1,"other":2}"#,
    ]

    private static let members: [(names: [String], values: [String])] = [
        (["symbol", "quote", "order_type", "strategy", "account", "venue", "tag", "fill_id", "order_id"], texts),
        (["exchange_order_id", "decision_id", "correlation_id", "reason", "actor"], texts),
        (["amount", "price", "cost"], decimals), (["event_id", "causation_id"], ids), (["context"], contexts),
        (["fee"], fees), (["dust"], [#""rest""#, "0.5", #""0.50""#, "-1", "null"]),
        (["side"], [#""buy""#, #""sell""#, #""LONG""#, #""Buy""#, #""hold""#, "null"]),
        (["kind"], [#""funding""#, #""other""#, #""Funding""#, #""buy""#, "null"]),
        (["sequence", "ledger_id", "pnl", "\\u0074ag"], ["1", "null"]),
    ]

    mutating func next() -> [UInt8] {
        let type = pick(Self.types)
        var members = [
            ("type", "\"\(type)\""), ("trade_id", chance(20) ? pick(Self.texts) : #""t-1""#),
            ("occurred_at", chance(8) ? pick(Self.times) : Self.times[0]),
        ]
        let required: [(String, String)] =
            switch type {
            case "trade.opened":
                [
                    ("symbol", #""A/B""#), ("side", #""buy""#), ("order_type", #""limit""#), ("amount", "1"),
                    ("price", "2"),
                ]
            case "trade.increased", "trade.reduced": [("amount", "1.50"), ("price", #""20.1""#)]
            case "trade.closed": [("price", "20")]
            case "trade.adjusted": [("kind", #""funding""#), ("cost", "-1")]
            default: []
            }
        for (name, value) in required where !chance(40) {
            let values = Self.members.first { $0.names.contains(name) }?.values ?? []
            members.append((name, chance(6) ? pick(values) : value))
        }
        for _ in 0..<random.next(below: 5) {
            let (names, values) = pick(Self.members)
            let name = pick(names)
            let isNew = !members.contains { $0.0 == name } && Self.allows(type, name)
            if isNew || chance(40) { members.append((name, chance(2) ? pick(values) : values[0])) }
        }
        if chance(2) { members.shuffle(using: &random) }
        let line = members.map { "\(space())\"\($0)\"\(space()):\(space())\($1)\(space())" }.joined(separator: ",")
        return Array("\(space()){\(line)}\(space())".utf8)
    }

    private static func allows(_ type: String, _ name: String) -> Bool {
        let field = name == "fee" ? Field.feeCost : Field.all.first { $0.name == name }
        return field.map { EventType(name: type)?.allows($0) ?? false } ?? false
    }

    /// Changes a few bytes of a line: overwrites, removes, repeats or cuts.
    mutating func mutated(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0...random.next(below: 2) where !line.isEmpty {
            let index = Int(random.next(below: UInt64(line.count)))
            let end = min(line.count, index + 1 + Int(random.next(below: 12)))
            switch random.next(below: 6) {
            case 0: line[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: line[index] = pick(Array(#"{}[]",:\0e.-tn "#.utf8))
            case 2: line.removeSubrange(index..<end)
            case 3: line.insert(contentsOf: line[index..<end], at: index)
            case 4: line.insert(pick(Array(#"{}[]",:\09e.- "#.utf8)), at: index)
            default: if chance(4) { line.removeSubrange(index...) }
            }
        }
        return line
    }

    private mutating func chance(_ oneIn: UInt64) -> Bool { random.next(below: oneIn) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(random.next(below: UInt64(elements.count)))]
    }

    private mutating func space() -> String { chance(40) ? pick([" ", "\t", "\r ", " ", "  ", "\n"]) : "" }
}
