import Foundation
import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite(.onOwnThread) struct `Tokens and signatures of the service` {
    private static let secret = "a secret of the kill switch"
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    private func makeToken(_ role: String) throws -> String {
        let outcome = try ledger.run("token", "create", "--role", role, "--name", role)
        return try #require(outcome.lines.first, "\(outcome.stderr)")
    }

    private func get(_ service: RunningService, _ token: String?) throws -> RawClient.Response {
        try service.request("GET", "/v1/positions", token.map { ["Authorization: Bearer \($0)"] } ?? [])
    }

    @Test func `take a right token, and refuse wrong ones after a hundred in a minute with Retry-After`() throws {
        let (append, read) = (try makeToken("append"), try makeToken("read"))
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service, token: append)
            #expect(try get(service, nil).status == 401)
            #expect(try get(service, read).status == 200)
            #expect(try get(service, append).status == 403)
            let wrong = [
                read + "0", String(read.dropLast()), read.uppercased(), "tl_", "%00", "\(read)%00", "\u{FF}", "a b",
                String(repeating: "x", count: 16_000), append + read,
            ]
            for token in wrong {
                let response = try get(service, token)
                #expect(response.status == 401 && response["WWW-Authenticate"] == "Bearer", "\(token)")
                #expect(!response.text.contains(read.dropFirst(3)))
                try busy.expectProgress()
            }
            // One more attempt is allowed every 6 s, which a slow machine may need for the ten.
            var response = try get(service, "tl_wrong")
            while response.status == 401 { response = try get(service, "tl_wrong") }
            #expect(response.status == 429)
            #expect(try response.code() == "too_many_requests")
            let seconds = try #require(response["Retry-After"].flatMap(Int.init))
            #expect((1...60).contains(seconds))
            // Right tokens of the same address count all the same.
            #expect(try get(service, read).status == 200)
            try busy.expectProgress()
            busy.stop()
        }
    }

    @Test func `end with a token that is revoked, and no log shows one`() throws {
        let (append, read) = (try makeToken("append"), try makeToken("read"))
        let service = try RunningService(ledger, ["--log-level", "debug"])
        let busy = BusyClient(service, token: append)
        #expect(try get(service, read).status == 200)
        let tokens = try ledger.run("token", "list", "--format", "json").lines.map(jsonObject)
        let id = try #require(tokens.first { $0["role"]?.text == "read" }?["id"]?.text)
        #expect(try ledger.run("token", "revoke", id).ending == .exit(0))
        try waitUntil("the token is refused") { try get(service, read).status == 401 }
        #expect(try get(service, nil).status == 401)
        // In places where no token belongs.
        for path in ["/v1/trades/\(read)", "/v1/\(read)?token=\(read)", "/v1/positions?\(read)=1"] {
            for authorization in ["Bearer \(append)", "Basic \(read)"] {
                let response = try service.request("GET", path, ["Authorization: \(authorization)"])
                #expect(!response.text.contains(read.dropFirst(3)), "\(response.text)")
            }
        }
        try busy.expectProgress()
        busy.stop()
        #expect(try service.end(SIGTERM) == .exit(0))
        let log = service.messages.joined()
        for token in [append, read] { #expect(!log.contains(token.dropFirst(3)), "\(log)") }
    }

    @Test func `halt once for each signature, whatever happens to it on the way`() throws {
        let body = #"{"scope":"all","reason":"exchange is down"}"#
        let service = try RunningService(ledger, environment: ["KILL_SWITCH_SECRET": Self.secret])
        let busy = BusyClient(service)
        let now = Int(Date().timeIntervalSince1970)
        let signature = try sign(now, "/v1/halt", body)
        func send(_ path: String, _ signature: String, _ body: String) throws -> RawClient.Response {
            let fields = ["Content-Type: application/json", "X-Signature: \(signature)"]
            return try service.request("POST", path, fields, body: body)
        }
        let first = try send("/v1/halt", signature, body)
        #expect(first.status == 201)
        let repeated = try send("/v1/halt", signature, body)
        #expect(repeated.status == 200)
        let (receipt, other) = (try first.object(), try repeated.object())
        #expect(receipt["event_id"] == other["event_id"] && receipt["sequence"] == other["sequence"])
        let refused = [
            ("swapped", "/v1/resume", signature, body),
            ("of another body", "/v1/halt", signature, body.replacing("down", with: "up")),
            ("late", "/v1/halt", try sign(now - 400, "/v1/halt", body), body),
            ("early", "/v1/halt", try sign(now + 400, "/v1/halt", body), body),
            ("of another time", "/v1/halt", signature.replacing("t=\(now)", with: "t=\(now + 1)"), body),
            ("without a hash", "/v1/halt", "t=\(now)", body),
            ("cut short", "/v1/halt", String(signature.dropLast()), body),
            ("of a time without end", "/v1/halt", "t=99999999999999999999,v1=00", body),
            ("no signature", "/v1/halt", "nonsense", body),
        ]
        for (name, path, signature, body) in refused {
            let response = try send(path, signature, body)
            #expect(response.status == 401, "\(name)")
            #expect(try response.code() == "invalid_signature", "\(name): \(response.text)")
            #expect(!response.text.contains(Self.secret))
            try busy.expectProgress()
        }
        busy.stop()
        #expect(try service.request("POST", "/v1/halt", ["Content-Type: application/json"], body: body).status == 401)
        #expect(try ledger.events("--type", "risk.halted").count == 1)
        #expect(try ledger.events("--type", "risk.resumed").isEmpty)
        #expect(try service.end(SIGTERM) == .exit(0))
        #expect(!service.messages.joined().contains(Self.secret))
    }

    /// The value of X-Signature, as the shell script of docs/http.md computes it.
    private func sign(_ time: Int, _ path: String, _ body: String) throws -> String {
        let file = try ledger.file("signed", "\(time).POST \(path).\(body)")
        let outcome = try ledger.shell("openssl dgst -sha256 -hmac '\(Self.secret)' -r \(file)")
        let hash = try #require(outcome.stdout.split(separator: " ").first, "\(outcome.stderr)")
        return "t=\(time),v1=\(hash)"
    }
}
