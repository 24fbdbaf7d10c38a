import Ledger
import LedgerService
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `The metrics` {
    private static let start = Timestamp(microsecondsSince1970: 1_750_000_000_000_000)
    private let metrics = ServiceMetrics(version: "0.1.0 \"beta\"", startedAt: start)

    /// Figures in which each metric has a value.
    private static var figures: ServiceFigures {
        var figures = ServiceFigures(at: Timestamp(microsecondsSince1970: 1_750_000_002_500_000))
        figures.lastSequence = 12
        figures.durableSequence = 11
        figures.replicatedSequence = 4
        figures.oldestUnreplicatedAt = start
        figures.tasks = [
            TaskStatus(name: "replication", state: .waiting, since: start, reason: "down", failureCount: 3)
        ]
        return figures
    }

    private func lines(_ figures: ServiceFigures = figures) -> [String] {
        String(decoding: metrics.text(figures), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func recordSomething() {
        metrics.recordCommit(
            requestCount: 3,
            eventCount: 7,
            byteCount: 300,
            queueNanoseconds: 20_000,
            admitNanoseconds: 50_000,
            writeNanoseconds: 50_001,
            flushNanoseconds: 10_000_000_001
        )
        metrics.recordBatch(eventCount: 1, byteCount: 1, copyNanoseconds: 1, transactionNanoseconds: 1)
        metrics.recordAnswer(route: "/v1/trades/{id}", method: "GET", status: 200, nanoseconds: 75_000)
    }

    @Test func `are accepted by promtool`() throws {
        recordSomething()
        let text = metrics.text(Self.figures)
        let outcome = try ChildProcess(
            "/usr/bin/promtool",
            ["check", "metrics"],
            environment: [:],
            input: .bytes(text)
        ).finish()
        #expect(outcome.ending == .exit(0) && outcome.messages.isEmpty && outcome.lines.isEmpty, "\(outcome.stderr)")
    }

    @Test func `are those that are declared, each once, in their order`() {
        recordSomething()
        let types = lines().filter { $0.hasPrefix("# TYPE ") }
        #expect(types == Metric.all.map { "# TYPE \($0.name) \($0.kind.rawValue)" })
        #expect(Set(types).count == types.count)
    }

    @Test func `have their prefix and declared labels, of which none is a trade`() {
        #expect(Metric.all.allSatisfy { $0.name.hasPrefix("tradeledger_") })
        #expect(Metric.all.allSatisfy { !$0.labels.contains("trade_id") })
    }

    @Test func `sort the stages of a commit into buckets, whose limits belong to them`() {
        recordSomething()
        let lines = lines()
        let counts = [("queue", 1, 1, 1), ("admit", 1, 1, 1), ("write", 0, 1, 1), ("flush", 0, 0, 0)]
        for (stage, first, second, last) in counts {
            let bucket = "tradeledger_append_seconds_bucket{stage=\"\(stage)\",le="
            #expect(lines.contains(bucket + "\"0.00005\"} \(first)"))
            #expect(lines.contains(bucket + "\"0.0001\"} \(second)"))
            #expect(lines.contains(bucket + "\"10\"} \(last)"))
            #expect(lines.contains(bucket + "\"+Inf\"} 1"))
            #expect(lines.contains("tradeledger_append_seconds_count{stage=\"\(stage)\"} 1"))
        }
        #expect(lines.contains("tradeledger_append_seconds_sum{stage=\"flush\"} 10.000000001"))
        #expect(lines.contains("tradeledger_commit_events_bucket{le=\"5\"} 0"))
        #expect(lines.contains("tradeledger_commit_events_bucket{le=\"10\"} 1"))
        #expect(lines.contains("tradeledger_commit_requests_sum 3"))
        #expect(lines.contains("tradeledger_commit_bytes_bucket{le=\"1024\"} 1"))
    }

    @Test func `count events by what the ledger did`() {
        metrics.recordEvents(appendedCount: 5, duplicateCount: 1)
        metrics.recordEvents(appendedCount: 2, duplicateCount: 0)
        metrics.recordRejection(.eventTooLarge)
        let lines = lines()
        #expect(lines.contains("tradeledger_events_total{outcome=\"appended\"} 7"))
        #expect(lines.contains("tradeledger_events_total{outcome=\"duplicate\"} 1"))
        #expect(lines.contains("tradeledger_events_total{outcome=\"rejected\"} 1"))
        #expect(lines.contains("tradeledger_rejections_total{code=\"event_too_large\"} 1"))
        #expect(lines.contains("tradeledger_rejections_total{code=\"invalid_json\"} 0"))
    }

    @Test func `sum up answers by route, method and status, and unknown ones together`() {
        recordSomething()
        for word in ["BREW", "PROPFIND"] {
            metrics.recordAnswer(route: nil, method: word, status: 405, nanoseconds: 1_000_000)
        }
        let sums = lines().filter { $0.hasPrefix("tradeledger_http_request_seconds_sum") }
        #expect(
            sums == [
                #"tradeledger_http_request_seconds_sum{route="/v1/trades/{id}",method="GET",status="200"} 0.000075"#,
                #"tradeledger_http_request_seconds_sum{route="other",method="other",status="405"} 0.002"#,
            ]
        )
    }

    @Test func `say how far the database is behind, in events and seconds`() {
        #expect(lines().contains("tradeledger_replication_lag_events 7"))
        #expect(lines().contains("tradeledger_replication_lag_seconds 2.5"))
        var figures = Self.figures
        figures.oldestUnreplicatedAt = nil
        #expect(lines(figures).contains("tradeledger_replication_lag_seconds 0"))
        figures.replicatedSequence = nil
        #expect(!lines(figures).contains { $0.hasPrefix("tradeledger_repli") && $0.contains("_lag_") })
    }

    @Test func `show the state of each background task`() {
        let states = lines().filter { $0.hasPrefix("tradeledger_task_state") }
        #expect(states.count == TaskState.allCases.count)
        let shown = #"tradeledger_task_state{task="replication",state="waiting"} 1"#
        #expect(states.filter { $0.hasSuffix(" 1") } == [shown])
        #expect(lines().contains(#"tradeledger_task_failures_total{task="replication"} 3"#))
    }

    @Test func `show the program and its process`() throws {
        let lines = lines()
        #expect(lines.contains(#"tradeledger_build_info{version="0.1.0 \"beta\""} 1"#))
        #expect(lines.contains("tradeledger_process_start_time_seconds 1750000000"))
        let process = ProcessFigures()
        #expect(try #require(process.residentByteCount) > 1 << 20)
        let descriptorCount = try #require(process.openDescriptorCount)
        #expect(descriptorCount >= 3)
    }

    @Test func `lose nothing that several threads record`() {
        @Sendable func record() {
            for _ in 0..<1_000 { metrics.recordEvents(appendedCount: 1, duplicateCount: 2) }
        }
        let first = TestThread(record)
        let second = TestThread(record)
        record()
        first.join()
        second.join()
        #expect(lines().contains("tradeledger_events_total{outcome=\"appended\"} 3000"))
        #expect(lines().contains("tradeledger_events_total{outcome=\"duplicate\"} 6000"))
    }
}
