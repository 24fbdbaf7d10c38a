import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Decisions, predictions and alerts` {
    private static let made = #"{"type":"prediction.made","prediction_id":"p","occurred_at":1700000000000,"model":"m","#
    private static let resolved = #"{"type":"prediction.resolved","prediction_id":"p","occurred_at":1700000000000,"#

    /// Each line is sent to a ledger that is opened for it, so that what came before is found in the log.
    private static func outcomes(_ lines: [String]) throws -> [String] {
        let directory = try TemporaryDirectory.withLedger()
        return try lines.flatMap { try Orders.outcomes([$0], directory) }
    }

    @Test func `begin once, end once, and recognise what is sent again`() throws {
        #expect(
            try Self.outcomes([
                Self.resolved + #""value":2}"#, Self.made + #""value":1}"#, Self.made + #""value":"1.0"}"#,
                Self.made + #""value":2}"#, Self.resolved + #""value":2}"#, Self.resolved + #""value":2.0}"#,
                Self.resolved + #""value":3}"#, Self.made + #""value":1}"#,
            ]) == [
                "unknown_subject", "appended 1", "duplicate 1", "subject_exists", "appended 2", "duplicate 2",
                "subject_ended", "duplicate 1",
            ]
        )
        func alert(_ type: String, _ members: String = "") -> String {
            #"{"type":"alert.\#(type)","alert_id":"a","occurred_at":1700000000000\#(members)}"#
        }
        let raised = alert("raised", #","severity":"critical","title":"the feed is silent""#)
        #expect(
            try Self.outcomes([
                alert("acknowledged"), raised, alert("acknowledged", #","actor":"maria""#), alert("acknowledged"),
                alert("acknowledged"), alert("resolved"), alert("resolved"),
                alert("acknowledged", #","actor":"jo""#), raised,
            ]) == [
                "unknown_subject", "appended 1", "appended 2", "appended 3", "duplicate 3", "appended 4",
                "duplicate 4", "subject_ended", "duplicate 1",
            ]
        )
        func decision(_ type: String, _ members: String = "") -> String {
            #"{"type":"decision.\#(type)","decision_id":"d/é","occurred_at":1700000000000\#(members)}"#
        }
        #expect(
            try Self.outcomes([
                decision("vetoed"), decision("made", #","action":"hold""#), decision("made", #","action":"buy""#),
                decision("vetoed", #","actor":"risk""#), decision("vetoed", #","actor":"risk""#), decision("vetoed"),
            ]) == [
                "unknown_subject", "appended 1", "subject_exists", "appended 2", "duplicate 2", "subject_ended",
            ]
        )
    }

    @Test(arguments: [
        (#""value":1,"label":"up"}"#, "invalid_field"), (#""confidence":1}"#, "missing_field"),
        (#""value":1,"horizon_seconds":1.5}"#, "invalid_field"),
        (#""value":1,"horizon_seconds":-1}"#, "invalid_field"),
        (#""value":1,"horizon_seconds":9223372036854775808}"#, "invalid_field"),
        (#""value":1,"horizon_seconds":1e40}"#, "number_out_of_range"),
        (#""value":1,"latency_microseconds":"soon"}"#, "invalid_field"),
        (#""value":1,"action":"buy"}"#, "unknown_field"), (#""value":1,"confidence":"1e-40"}"#, "number_out_of_range"),
        (#""value":1,"confidence":-87.5,"horizon_seconds":9223372036854775807}"#, "appended 1"),
        (#""label":"up","horizon_seconds":"3.6e3","latency_microseconds":0}"#, "appended 1"),
    ])
    func `take these fields and no others`(members: String, outcome: String) throws {
        #expect(try Self.outcomes([Self.made + members]) == [outcome])
    }

    @Test func `print whole numbers as numbers, however they were sent`() throws {
        let line = Self.made + #""label":"up","horizon_seconds":"3.6e3","latency_microseconds":1850.0}"#
        let draft = try EventJSON.decode(line: Array(line.utf8))
        #expect(draft.body.printed(.horizonSeconds) == "3600")
        let same = Self.made + #""label":"up","horizon_seconds":3600,"latency_microseconds":"1850"}"#
        #expect(try EventJSON.decode(line: Array(same.utf8)).body == draft.body)
        let again = try EventDraft(
            .predictionMade,
            subject: "p",
            occurredAt: Timestamp(microsecondsSince1970: 1_700_000_000_000_000),
            fields: [.model: "m", .label: "up", .horizonSeconds: "3600", .latencyMicroseconds: "1850"]
        )
        #expect(again.body == draft.body)
    }
}
