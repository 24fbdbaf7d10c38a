import Foundation
import LedgerTestSupport
import PostgresTestSupport
import Synchronization
import Testing

/// What the clients of a service that is killed again and again know together.
private final class Board: Sendable {
    struct State {
        /// The port of the service, and how often it was started.
        var service: (port: UInt16, number: Int) = (0, 0)
        /// The sequences of the events that were acknowledged, by their trades.
        var acknowledged: [String: Int64] = [:]
        /// The events of the stream.
        var followed: [(id: String, data: String)] = []
        var isEnding = false
        /// What no client should see.
        var faults: [String] = []
    }

    let state = Mutex(State())

    func noteStart(_ service: RunningService) {
        state.withLock { $0.service = (service.port, $0.service.number + 1) }
    }

    var count: Int { state.withLock { $0.acknowledged.count } }

    /// Calls `body` with the port of each service that is started, until the end.
    ///
    /// It returns or throws once the service is gone.
    func withEachService(_ body: (UInt16) throws -> Void) {
        var number = 0
        do {
            while true {
                try waitUntil("the service is started again") {
                    state.withLock { $0.isEnding || $0.service.number > number }
                }
                let service = state.withLock { $0.isEnding ? nil : $0.service }
                guard let service else { return }
                number = service.number
                do { try body(service.port) } catch is SystemFailure { continue }
            }
        } catch {
            state.withLock { $0.faults.append("\(error)") }
        }
    }
}

@Suite(.onOwnThread) struct `A service that is killed` {
    private static let clientCount = 64
    private static let killCount = unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? 6 : 50

    @Test(arguments: [UInt64(211)])
    func `loses no acknowledged event of 64 clients, and its streams go on without a gap`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ledger = try CommandLedger()
        let board = Board()
        var service = try RunningService(ledger)
        board.noteStart(service)
        let clients = (0..<Self.clientCount).map { number in ClientThread { Self.append(number, board) } }
        let follower = ClientThread { Self.follow(board) }
        for _ in 0..<Self.killCount {
            let moment = board.count + 1 + Int(random.next(below: 300))
            try waitUntil("\(moment) events are acknowledged") { board.count >= moment }
            #expect(try service.end(SIGKILL) == .signal(SIGKILL), "seed \(seed)")
            service = try RunningService(ledger)
            board.noteStart(service)
        }
        let moment = board.count + Self.clientCount
        try waitUntil("\(moment) events are acknowledged") { board.count >= moment }
        board.state.withLock { $0.isEnding = true }
        for client in clients { client.join() }
        let lines = try ledger.run("events").lines
        try waitUntil("the stream has all events") { board.state.withLock { $0.followed.count } >= lines.count }
        #expect(try service.end(SIGTERM) == .exit(0), "\(service.messages)")
        follower.join()
        try expect(board, lines, seed)
        let verified = try ledger.run("verify")
        #expect(verified.ending == .exit(0), "seed \(seed): \(verified.stdout)")
    }

    /// Appends one event after the other, each until it is acknowledged.
    private static func append(_ number: Int, _ board: Board) {
        var count = 0
        board.withEachService { port in
            let client = try RawClient(port: port)
            while !board.state.withLock({ $0.isEnding }) {
                let trade = "\(number)-\(count)"
                let fields = ["Content-Type: application/json", "Idempotency-Key: \(trade)"]
                let response = try client.request("POST", "/v1/events", fields, body: EventText.opened(trade))
                guard [200, 201].contains(response.status), let sequence = try response.object()["sequence"]?.number
                else {
                    return board.state.withLock { $0.faults.append(response.text) }
                }
                board.state.withLock { $0.acknowledged[trade] = sequence }
                count += 1
            }
        }
    }

    /// Follows all events, and resumes after the last one that came whole.
    private static func follow(_ board: Board) {
        board.withEachService { port in
            let last = board.state.withLock { $0.followed.last.flatMap { Int64($0.id) } } ?? 0
            var stream = try EventStream(try RawClient(port: port), after: last)
            while let event = try stream.nextOfLedger() { board.state.withLock { $0.followed.append(event) } }
        }
    }

    private func expect(_ board: Board, _ lines: [String], _ seed: UInt64) throws {
        let state = board.state.withLock { $0 }
        #expect(state.faults.isEmpty, "seed \(seed)")
        var sequences: [String: Int64] = [:]
        for line in lines {
            let event = try jsonObject(line)
            let trade = try #require(event["trade_id"]?.text)
            #expect(sequences.updateValue(try #require(event["sequence"]?.number), forKey: trade) == nil, "\(trade)")
        }
        let lost = state.acknowledged.filter { sequences[$0.key] != $0.value }
        #expect(lost.isEmpty, "seed \(seed)")
        #expect(state.followed.map(\.id) == (1...lines.count).map { "\($0)" }, "seed \(seed)")
        #expect(state.followed.map(\.data) == lines, "seed \(seed)")
    }
}
