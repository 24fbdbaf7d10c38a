import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Event ids` {
    @Test(arguments: [
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "c232ab00-9414-11ec-b3c8-9f6bdeced846", "919108f7-52d1-4320-9bac-f847db4148a8",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ])
    func `a UUID of any version and case reads back in lower case`(text: String) throws {
        let id = try #require(EventID(text))
        #expect(id.description == text)
        #expect(EventID(text.uppercased()) == id)
    }

    @Test(arguments: [
        "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c40dc0c0c07398f",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398 ",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
    ])
    func `anything else is refused`(text: String) {
        #expect(EventID(text) == nil)
    }

    @Test(arguments: [UInt64(61)])
    func `text and bytes read back the same`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var brokenCount = 0
        for _ in 0..<20_000 {
            let id = EventID(high: generator.next(), low: generator.next())
            var bytes: [UInt8] = [0xAA]
            id.append(to: &bytes)
            if bytes.count != 17 || EventID(bytes.span, at: 1) != id || EventID(id.description) != id {
                brokenCount += 1
            }
        }
        #expect(brokenCount == 0)
    }

    @Test func `bytes are in the order of the text`() throws {
        var bytes: [UInt8] = []
        try #require(EventID("00112233-4455-6677-8899-aabbccddeeff")).append(to: &bytes)
        #expect(bytes == (0...15).map { $0 * 0x11 })
    }

    @Test func `a slice of a line is read in place`() {
        let line = Array("\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"".utf8)
        let id = EventID(parsing: line[1..<37].span)
        #expect(id == EventID(high: 0x017F_22E2_79B0_7CC3, low: 0x98C4_DC0C_0C07_398F))
    }

    /// The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, with its own random bits.
    @Test func `version 7 is that of RFC 9562`() throws {
        let timestamp = try #require(Timestamp("2022-02-22T19:22:22.000999Z"))
        let id = EventID.version7(at: timestamp, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    /// The digest of the example of RFC 9562, appendix A.4.
    @Test func `version 5 is that of RFC 9562`() {
        let digest: [UInt8] = [
            0x2E, 0xD6, 0x65, 0x7D, 0xE9, 0x27, 0x46, 0x8B, 0x55, 0xE1, 0x26, 0x65, 0xA8, 0xAE, 0xA6, 0xA2, 0x2D, 0xEE,
            0x3E, 0x35,
        ]
        #expect(EventID(version5: digest.span).description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test func `version 7 keeps its version, its variant and its order in time`() throws {
        let first = EventID.version7(at: .min, random: (.max, .max))
        let second = EventID.version7(at: Timestamp(microsecondsSince1970: 1000), random: (0, 0))
        #expect(first.description == "00000000-0000-7fff-bfff-ffffffffffff")
        #expect(second.description == "00000000-0001-7000-8000-000000000000")
        #expect(first.description < second.description)
        #expect(EventID.version7(at: .max, random: (0, 0)).description == "e677d21f-dbff-7000-8000-000000000000")
    }
}
