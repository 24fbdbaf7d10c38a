import Testing
import TradeModel

@testable import LedgerService

@Suite struct `The signature of a kill switch` {
    private static let time: Int64 = 1_750_000_000
    private static let body = Array(#"{"scope":"all","reason":"drill"}"#.utf8)
    // Computed with Python's `hmac`.
    private static let halt = "63fe524f1c0ab369b90d6dc417fc4b911234cbc1790faf0ae6a34e010926f69d"
    private static let resume = "ad52cae157871db7b57ab53edab15a5d58fadf6fa53e8def22ee3ae266a0b8fe"
    private let secret: KillSwitchSecret

    init() throws {
        secret = try #require(KillSwitchSecret(Array("0123456789abcdef0123456789abcdef".utf8)))
    }

    private func signature(_ hash: String, at time: Int64 = time) throws -> KillSwitchSignature {
        try KillSwitchSignature(header: "t=\(time),v1=\(hash)")
    }

    private func check(
        _ signature: KillSwitchSignature,
        _ action: KillSwitchAction = .halt,
        _ body: [UInt8] = body,
        microseconds: Int64 = 0
    ) throws(KillSwitchSignature.Fault) {
        let now = Timestamp(microsecondsSince1970: Self.time * 1_000_000 + microseconds)
        try signature.check(action, body: body, secret, at: now)
    }

    @Test func `is that of the contract`() throws {
        try check(try signature(Self.halt))
        try check(try signature(Self.resume), .resume)
        try check(try signature(Self.halt.uppercased()))
    }

    @Test func `counts for 300 s before and after its time`() throws {
        let signature = try signature(Self.halt)
        for microseconds: Int64 in [-300_000_000, 300_000_000] { try check(signature, microseconds: microseconds) }
        #expect(throws: KillSwitchSignature.Fault.late(seconds: 300)) {
            try check(signature, microseconds: 300_000_001)
        }
        #expect(throws: KillSwitchSignature.Fault.early(seconds: 300)) {
            try check(signature, microseconds: -300_000_001)
        }
        #expect(throws: KillSwitchSignature.Fault.late(seconds: 86_400)) {
            try check(signature, microseconds: 86_400_000_000)
        }
    }

    @Test func `of one action does not count for the other`() throws {
        #expect(throws: KillSwitchSignature.Fault.ofOtherAction) { try check(try signature(Self.halt), .resume) }
        #expect(throws: KillSwitchSignature.Fault.ofOtherAction) { try check(try signature(Self.resume), .halt) }
    }

    @Test func `is wrong for another time, body or secret`() throws {
        let wrong = KillSwitchSignature.Fault.wrong
        #expect(throws: wrong) { try check(try signature(Self.halt, at: Self.time + 1)) }
        #expect(throws: wrong) { try check(try signature("0" + Self.halt.dropFirst())) }
        #expect(throws: wrong) { try check(try signature(Self.halt), .halt, Self.body + [0x20]) }
        #expect(throws: wrong) { try check(try signature(Self.halt), .halt, []) }
        let other = try #require(KillSwitchSecret(Array("0123456789abcdef".utf8)))
        #expect(throws: wrong) {
            let now = Timestamp(microsecondsSince1970: Self.time * 1_000_000)
            try signature(Self.halt).check(.halt, body: Self.body, other, at: now)
        }
    }

    @Test(arguments: [
        "", "t=", "t=,v1=\(halt)", "t=1750000000", "v1=\(halt)", "v1=\(halt),t=1750000000", "t=1750000000,v1=",
        "t=1750000000, v1=\(halt)", " t=1750000000,v1=\(halt)", "t=1750000000,v1=\(halt) ", "t=1750000000,v0=\(halt)",
        "t=1750000000,v1=\(halt)00", "t=1750000000,v1=\(halt.dropLast())", "t=1750000000,v1=\(halt.dropLast())g",
        "t=-1750000000,v1=\(halt)", "t=+1750000000,v1=\(halt)", "t=1750000000.0,v1=\(halt)",
        "t=175000000000,v1=\(halt)", "t=99999999999999999999,v1=\(halt)", "t=1750000000,v1=\(halt),v1=\(halt)",
        "t=1750000000,v1=\(halt)\0", "T=1750000000,V1=\(halt)", "t=１７５０００００００,v1=\(halt)",
    ])
    func `is malformed as any other text`(header: String) {
        #expect(throws: KillSwitchSignature.Fault.malformed) { try KillSwitchSignature(header: header) }
    }

    /// The expected id was computed with Python's `uuid.uuid5`.
    @Test func `gives the event its id, the same for a replayed request`() throws {
        let ledgerID = try #require(EventID("018f0000-0000-7000-8000-000000000001"))
        let id = "ac7ec7c5-c03a-5acf-ae5d-544c4ead1874"
        for hash in [Self.halt, Self.halt.uppercased()] {
            #expect(try signature(hash).eventID(in: ledgerID).description == id)
        }
        #expect(try signature(Self.resume).eventID(in: ledgerID).description != id)
    }

    @Test func `needs a secret of 16 bytes, which no text shows`() {
        #expect(KillSwitchSecret(Array("0123456789abcde".utf8)) == nil)
        var dumped = ""
        dump(secret, to: &dumped)
        // In the dump of an array each byte would be a number.
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("01") && !text.contains("48"))
        }
    }
}
