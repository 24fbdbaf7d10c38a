internal import Glibc
internal import LedgerTestSupport

/// Sends hostile requests to a service, while another client appends.
///
/// Each answer is well formed and has a documented status; no answer and no message shows a token or controls a
/// terminal; the other client's events are acknowledged, and are the only ones with its ids.
struct ServiceAttack {
    private let seed: UInt64

    /// The statuses that docs/http.md lists, and those with which the server refuses what is no request.
    private static let documentedStatuses: Set<Int> = [
        200, 201, 207, 304, 400, 401, 403, 404, 405, 408, 413, 414, 415, 422, 429, 431, 501, 505,
    ]
    private static let requestCount = 60
    private static let killSwitchSecret = "the secret of the attack"

    init(seed: UInt64) { self.seed = seed }

    func run() throws -> Int {
        let ledger = try AttackedLedger()
        let tokens = try ["append", "read"].map { role in
            // What it prints is no record, but the token alone.
            let outcome = try ledger.shell(#""$T" token create --quiet --role \#(role) --name \#(role)"#)
            guard let token = outcome.lines.first else { throw BrokenPromise("a token is made: \(outcome.stderr)") }
            return token
        }
        let service = try ledger.startService(["KILL_SWITCH_SECRET": Self.killSwitchSecret])
        var requests = HostileRequests(seed: seed, tokens)
        let client = try RawClient(port: service.port)
        for number in 0..<Self.requestCount {
            try attack(requests.next(), service.port, tokens)
            let event = #"{"type":"price.observed","symbol":"good-\#(number)","price":"1","occurred_at":1772485200000}"#
            let fields = ["Content-Type: application/json", "Authorization: Bearer \(tokens[0])"]
            let response = try client.request("POST", "/v1/events", fields, body: event)
            try promise(response.status == 201, "another client's event gets \(response)")
        }
        try service.process.send(SIGTERM)
        let outcome = try service.process.finish()
        try promise(outcome.ending == .exit(0), "`serve` ends with \(outcome.ending): \(outcome.stdout.suffix(600))")
        try checkIsSecret(outcome.output, tokens)
        do { try TerminalText.check(outcome.output) } catch {
            throw BrokenPromise("a message of `serve` has \(error): \(outcome.stdout.debugDescription)")
        }
        let events = try ledger.succeed(["events", "--family", "price"]).lines.filter { $0.contains("\"good-") }
        try promise(events.count == Self.requestCount, "\(events.count) events of the other client are in the log")
        try ledger.succeed(["verify", "--local", "--deep"])
        return Self.requestCount
    }

    /// Sends a request, and checks every answer to it.
    private func attack(_ request: [UInt8], _ port: UInt16, _ tokens: [String]) throws {
        let client = try RawClient(port: port)
        _ = client.trySend(request)
        client.endSending()
        var answer = client.rest()
        try checkIsSecret(answer, tokens)
        // What a client that asks for it gets before the answer.
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if answer.starts(with: interim) { answer.removeFirst(interim.count) }
        guard !answer.isEmpty else { return }
        let sent = String(decoding: request.prefix(600), as: UTF8.self).debugDescription
        let text = String(decoding: answer, as: UTF8.self)
        let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
        let isDocumented = status.map(Self.documentedStatuses.contains) ?? false
        try promise(isDocumented, "\(sent) is answered with \(text.prefix(600))")
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw BrokenPromise("\(sent) is answered without the end of a header: \(text.prefix(600))")
        }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        for line in head {
            do { try TerminalText.check(Array(line.utf8)) } catch {
                throw BrokenPromise("\(sent) is answered with a header that has \(error)")
            }
        }
        guard !request.starts(with: Array("HEAD".utf8)),
            head.contains(where: { $0.hasPrefix("Content-Type: application/problem+json") }),
            let length = head.first(where: { $0.hasPrefix("Content-Length: ") })?.split(separator: " ").last,
            let byteCount = Int(length)
        else { return }
        let body = Array(answer[end.upperBound...].prefix(byteCount))
        let problem = try StrictJSON.value(of: body)
        try promise(
            problem["status"]?.integer == status.map { Int64($0) } && problem["title"]?.text != nil,
            "\(sent) is answered with another problem than its status: \(text.prefix(600))"
        )
    }

    private func checkIsSecret(_ bytes: [UInt8], _ tokens: [String]) throws {
        for secret in tokens.map({ String($0.dropFirst(3)) }) + [Self.killSwitchSecret] {
            let text = String(decoding: bytes, as: UTF8.self)
            try promise(!text.contains(secret), "a secret is shown: \(text.suffix(600))")
        }
    }
}

extension AttackedLedger {
    /// Starts `serve`, whose messages come on its standard output, and returns once it listens.
    fileprivate func startService(
        _ environment: [String: String]
    ) throws -> (process: ChildProcess, port: UInt16) {
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$T" serve --listen 127.0.0.1:0 --log-level debug 2>&1"#],
            environment: ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": path, "T": Self.program]
                .merging(environment) { $1 },
            input: .bytes([]),
            lifetime: .ours
        )
        while let message = try process.readLine() {
            if message.contains("serving "), let port = message.split(separator: ":").last.flatMap({ UInt16($0) }) {
                return (process, port)
            }
        }
        throw BrokenPromise("`serve` does not start: \(try process.finish().stdout)")
    }
}

/// Requests that a client could send by mistake or on purpose.
private struct HostileRequests {
    private var random: SeededGenerator
    private var lines: HostileLines
    private let tokens: [String]

    private static let methods = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "get", "G\u{1B}T", "CONNECT"]
    private static let paths = [
        "/", "/v1/events", "/v1/trades", "/v1/trades/", "/v1/positions", "/v1/balances", "/v1/orders", "/v1/halts",
        "/v1/status", "/v1/performance", "/v1/equity", "/v1/rejected", "/v1/halt", "/v1/resume", "/v1/proof/",
        "/health/live", "/health/ready", "/metrics", "/openapi.json", "/v1/alerts", "/v1/decisions", "*", "",
        "//", "/v1/../v1/events", "http://localhost/v1/positions",
    ]
    private static let names = ["symbol", "trade", "min_sequence", "from", "limit", "cursor", "since", "nope", ""]
    private static let texts = [
        "%00", "%1B%5B31m", "%0d%0aX-Evil:%201", "%ff%fe", "%", "%E2%80%AE", "+", "a%20b", "%zz", "..%2F..%2F",
        "\u{1B}[2J", "%F0%9F%98%80", "=1+1", "'--", "99999999999999999999", "-1", "1e9", "\"", "<script>", "\u{202E}",
    ]
    private static let fields = [
        "Content-Type: application/json", "Content-Type: application/x-ndjson; charset=utf-16",
        "Content-Type: text/html", "Idempotency-Key: \u{1B}[31m", "Idempotency-Key: k", "If-None-Match: *",
        "If-None-Match: \"1\", W/\"2\"",
        "Prefer: ack=nothing", "X-Request-ID: \u{7}\u{1B}[31m", "X-Request-ID: a b", "X-Signature: t=1,v1=00",
        "Origin: http://evil.example", "traceparent: 00-\u{7F}-1-1", "Authorization: Basic Og==", "Cookie: a=b",
        "Transfer-Encoding: gzip, chunked", "Expect: 100-continue", "Range: bytes=0-1", "Content-Encoding: gzip",
    ]

    init(seed: UInt64, _ tokens: [String]) {
        random = SeededGenerator(seed: seed)
        lines = HostileLines(&random)
        self.tokens = tokens
    }

    /// The next one, as bytes.
    mutating func next() -> [UInt8] {
        var body: [UInt8] = []
        if random.next(below: 3) == 0 {
            for _ in 0..<random.next(below: 4) { body += lines.next() + [0x0A] }
        }
        var path = pick(Self.paths)
        if random.next(below: 2) == 0 { path += text() }
        if random.next(below: 2) == 0 { path += "?\(pick(Self.names))=\(text())" }
        let host = random.next(below: 8) == 0 ? "evil.example" : "localhost"
        var head = ["\(pick(Self.methods)) \(path) HTTP/1.\(random.next(below: 8) == 0 ? 0 : 1)", "Host: \(host)"]
        if random.next(below: 4) != 0 { head.append("Authorization: Bearer \(pick(tokens))") }
        for _ in 0..<random.next(below: 4) { head.append(pick(Self.fields)) }
        head.append("Content-Length: \(random.next(below: 10) == 0 ? body.count + 1 : body.count)")
        var request = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        if random.next(below: 6) == 0 {
            request[Int(random.next(below: UInt64(request.count)))] = UInt8(random.next(below: 256))
        }
        return request
    }

    /// A text in which there may be a token.
    private mutating func text() -> String { random.next(below: 6) == 0 ? pick(tokens) : pick(Self.texts) }

    private mutating func pick(_ choices: [String]) -> String {
        choices[Int(random.next(below: UInt64(choices.count)))]
    }
}
