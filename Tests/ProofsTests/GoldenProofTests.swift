import Foundation
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger
@testable import Proofs

/// The signed files of the golden log: later versions must read them, and sign and prove the same.
@Suite struct `The golden checkpoint and proof` {
    private let directory = TemporaryDirectory()

    init() throws {
        for name in ["00000000000000000001.segment", "checkpoint.key", "checkpoint.pub"] {
            try directory.damaged(name).replace(try golden(name))
        }
        _ = unsafe chmod(directory.path + "/checkpoint.key", 0o600)
        try directory.damaged("lock").replace([])
        try directory.damaged("durable").replace(DurableWatermark.encode(11))
    }

    @Test func `are written again byte for byte`() throws {
        let prover = try LedgerProver(LedgerReader(opening: directory.path), LedgerKeys(directory: directory.path))
        let proof = try #require(try prover.proof(ofTrade: "btc-1"))
        if ProcessInfo.processInfo.environment["TRADELEDGER_RECORD_FIXTURES"] == "1" {
            try Data(prover.checkpoint().text).write(to: Self.path(of: "checkpoint"))
            try Data(proof.text).write(to: Self.path(of: "btc-1.proof"))
        }
        #expect(try prover.checkpoint().text == golden("checkpoint"))
        #expect(try proof.text == golden("btc-1.proof"))
    }

    @Test func `hold, and prove the golden events`() throws {
        let keys = try LedgerKeys.verifierKeys(try golden("checkpoint.pub"), name: "checkpoint.pub")
        let proof = try TradeProof(try golden("btc-1.proof"), name: "btc-1.proof")
        try proof.checkpoint.check(keys)
        try PublishedCheckpoints(try golden("checkpoint"), name: "checkpoint").check(keys)
        var lines: [UInt8] = []
        let ledgerID = proof.checkpoint.checkpoint.ledgerID
        for event in try proof.events() { EventJSON.write(event, ledgerID: ledgerID, into: &lines) }
        let expected = String(decoding: try golden("events.ndjson"), as: UTF8.self).split(separator: "\n")
            .filter { $0.contains(#""trade_id":"btc-1""#) }
        #expect(String(decoding: lines, as: UTF8.self).split(separator: "\n") == expected && expected.count == 7)
    }

    private func golden(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.path(of: name)))
    }

    private static func path(of name: String) -> URL {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: "fixtures/golden/v1/\(name)")
    }
}
