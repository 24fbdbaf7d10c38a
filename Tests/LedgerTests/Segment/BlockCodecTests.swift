import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `The codec of a sealed block` {
    private static let repeated: [UInt8] = (0..<4096).map { UInt8($0 % 7) }

    private static func random() -> [UInt8] {
        var generator = SeededGenerator(seed: 7)
        return (0..<4096).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    @Test func `is LZ4 if that is shorter, and returns every byte`() {
        let (codec, stored) = BlockCodec.compress(Self.repeated[...])
        #expect(codec == .lz4 && stored.count < 100)
        var chunk: [UInt8] = [1]
        #expect(codec.decompress(stored, byteCount: Self.repeated.count, appendingTo: &chunk))
        #expect(chunk == [1] + Self.repeated)
    }

    @Test func `is plain if no codec makes the bytes shorter`() {
        let bytes = Self.random()
        let (codec, stored) = BlockCodec.compress(bytes[...])
        #expect(codec == .plain && stored == bytes)
        var chunk: [UInt8] = []
        #expect(codec.decompress(stored, byteCount: bytes.count, appendingTo: &chunk))
        #expect(chunk == bytes)
    }

    @Test(arguments: BlockCodec.allCases)
    func `appends nothing if the number of bytes is not that of the entry`(codec: BlockCodec) {
        let stored = codec == .lz4 ? BlockCodec.compress(Self.repeated[...]).bytes : Self.repeated
        for byteCount in [0, Self.repeated.count - 1, Self.repeated.count + 1] {
            var chunk: [UInt8] = [1]
            #expect(!codec.decompress(stored, byteCount: byteCount, appendingTo: &chunk))
            #expect(chunk == [1])
        }
    }

    @Test func `has one byte in the entry, and other bytes are refused`() throws {
        let block = SealedBlock(
            image: 64..<100,
            stored: 164..<180,
            codec: .lz4,
            firstSequence: 1,
            recordedAt: Timestamp(microsecondsSince1970: 0),
            checksum: 5
        )
        let bytes = block.encoded()
        #expect(bytes.count == SealedBlock.byteCount && bytes[44..<48].elementsEqual([1, 0, 0, 0]))
        #expect(SealedBlock.decode(bytes[...]) == block)
        for (index, value) in [(44, 2), (44, 255), (45, 1), (47, 128)] as [(Int, UInt8)] {
            var altered = Array(bytes[..<48])
            altered[index] = value
            altered.appendLittleEndian(Checksum.crc32c(altered[...]))
            #expect(SealedBlock.decode(altered[...]) == nil)
        }
    }
}
