internal import HTTP
internal import Ledger
internal import LedgerService
internal import TradeModel

/// What is true of any bytes that a client of the service sends, in each place of a request that takes some.
enum RequestProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        // The server refuses a head that is no UTF-8.
        let text = String(decoding: input, as: UTF8.self)
        try checkEscapes(input)
        try checkPath(text)
        try checkQuery(text)
        try checkFields(text)
        try checkSignature(text, input)
        try checkBody(input, "application/json")
        try checkBody(input, "application/x-ndjson")
        try checkHalt(input)
    }

    private static func checkEscapes(_ input: [UInt8]) throws(BrokenProperty) {
        for decoded in [PercentEncoding.decodedPath(input), PercentEncoding.decodedQuery(input)] {
            guard let decoded else { continue }
            let escaped = decoded.utf8.flatMap { [UInt8(ascii: "%")] + Self.digits($0) }
            for again in [PercentEncoding.decodedPath(escaped), PercentEncoding.decodedQuery(escaped)] {
                let isSame = again.map { $0.utf8.elementsEqual(decoded.utf8) } ?? false
                try BrokenProperty.unless(isSame, "a text is what its escaped form means")
            }
        }
    }

    private static func digits(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }

    private static let routes = RouteTable.all(nil)

    private static func checkPath(_ text: String) throws(BrokenProperty) {
        for method in ["GET", "POST"] {
            let match: RouteTable.Match
            do throws(Problem) { match = try routes.match(method, text) } catch {
                let isRefused = [400, 404, 405].contains(error.code.status)
                try BrokenProperty.unless(isRefused, "a path that no route has is refused as such")
                continue
            }
            let path = match.route.path
            let fixed = path.utf8.prefix { $0 != UInt8(ascii: "{") }
            try BrokenProperty.unless(text.utf8.starts(with: fixed), "a path begins as its route does")
            let hasRest = text.utf8.count > fixed.count
            try BrokenProperty.unless(hasRest == (match.path.count == 1), "the rest of a path is a parameter")
            try BrokenProperty.unless(match.route.method == method, "a route has the method that was asked for")
        }
    }

    private static let parameters = [
        Parameter("text", .text, ""), Parameter("choice", .choice(["one", "two"]), ""),
        Parameter("integer", .integer(1...1000), ""), Parameter("time", .time, ""), Parameter("decimal", .decimal, ""),
        Parameter("flag", .flag, ""),
    ]

    private static func checkQuery(_ text: String) throws(BrokenProperty) {
        let given: Parameters
        do throws(Problem) { given = try Parameters(path: [:], query: text, of: parameters) } catch { return }
        try BrokenProperty.unless(!(given["text"] ?? "").utf8.contains(0), "a text has no U+0000")
        try BrokenProperty.unless(["one", "two", nil].contains(given["choice"]), "a choice is one of its values")
        try BrokenProperty.unless(["true", "false", nil].contains(given["flag"]), "a flag is true or false")
        let number = given.integer("integer")
        try BrokenProperty.unless(number.map { 1...1000 ~= $0 } ?? true, "a number is in its range")
        let isRead = [
            given["integer"] == nil || number != nil, given["time"] == nil || given.time("time") != nil,
            given["decimal"] == nil || given.decimal("decimal") != nil,
        ]
        try BrokenProperty.unless(!isRead.contains(false), "a value that is taken can be read")
    }

    private static let hosts = AllowedHosts(["ledger.example.net", "kiosk"])

    private static func checkFields(_ text: String) throws(BrokenProperty) {
        let names = ["X-Request-ID", "traceparent", "Idempotency-Key"]
        let headers = names.map { HTTPHeader($0, text) }
        let head = HTTPRequestHead(method: "GET", path: "/", query: nil, headers: headers, peer: .unixSocket)
        for header in RequestIdentity(head, newID: "new").headers {
            let isClean = (1...128).contains(header.value.utf8.count) && header.value.utf8.allSatisfy(isVisible)
            try BrokenProperty.unless(isClean, "what is returned in a header is short and visible")
        }
        if hosts.includes(text) {
            try BrokenProperty.unless(text.utf8.allSatisfy(isVisible), "an allowed host is visible ASCII")
        }
        if EntityTag.isNamed(text, at: 7) {
            let isNamed = text.utf8.contains(UInt8(ascii: "*")) || text.utf8.contains(UInt8(ascii: "7"))
            try BrokenProperty.unless(isNamed, "a tag that is named is in the text")
        }
        let key: IdempotencyKey?
        do throws(Problem) { key = try IdempotencyKey(head) } catch { return }
        try BrokenProperty.unless(key != nil && 1...255 ~= text.utf8.count, "a key has 1 to 255 bytes")
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    private static func checkSignature(_ text: String, _ body: [UInt8]) throws(BrokenProperty) {
        guard let secret = KillSwitchSecret(Array("a secret that nobody knows".utf8)) else {
            throw BrokenProperty(sentence: "a long secret is one")
        }
        do throws(KillSwitchSignature.Fault) {
            try KillSwitchSignature(header: text).check(.halt, body: body, secret, at: .min)
        } catch { return }
        throw BrokenProperty(sentence: "nobody signs without the secret")
    }

    private static func checkBody(_ input: [UInt8], _ contentType: String) throws(BrokenProperty) {
        let body: AppendBody
        do throws(Problem) { body = try AppendBody(input, contentType: contentType) } catch { return }
        switch body {
        case .one(let line):
            let isWhole = line.bytes.count == input.count && !line.bytes.contains(UInt8(ascii: "\n"))
            try BrokenProperty.unless(isWhole, "a body of one event is one line of the same length")
        case .many(let lines):
            var last: UInt64 = 0
            var byteCount = 0
            for (number, line) in lines {
                try BrokenProperty.unless(number > last, "the numbers of lines increase")
                let isLine = !line.bytes.isEmpty && !line.bytes.contains(UInt8(ascii: "\n"))
                try BrokenProperty.unless(isLine, "a line has something, and no line feed")
                last = number
                byteCount += line.bytes.count
            }
            try BrokenProperty.unless(byteCount <= input.count, "lines are parts of the body")
        }
    }

    private static func checkHalt(_ input: [UInt8]) throws(BrokenProperty) {
        let order: HaltOrder
        do throws(Problem) { order = try HaltOrder(.riskHalted, input, at: .min, actor: "maria") } catch { return }
        let draft: EventDraft
        do throws(Rejection) { draft = try EventJSON.decode(line: Array(order.line.bytes)) } catch { return }
        try BrokenProperty.unless(draft.body.type == .riskHalted, "a body of a halt makes a halt")
    }
}
