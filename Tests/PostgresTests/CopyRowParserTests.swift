import Testing

@testable import Postgres

@Suite struct `A binary COPY cut into messages` {
    private static let stream: [UInt8] = {
        var rows = BinaryRows()
        rows.appendHeader()
        for number in [1, 2, 3] as [Int64] {
            rows.beginRow(columnCount: 3)
            rows.append(int64: number)
            rows.appendNull()
            rows.append(text: "")
        }
        rows.appendTrailer()
        return rows.bytes
    }()

    @Test(arguments: 1...80)
    func `gives the same rows for any size of messages`(messageByteCount: Int) throws {
        var parser = CopyRowParser()
        var numbers: [Int64?] = []
        var offset = 0
        while offset < Self.stream.count {
            let end = min(offset + messageByteCount, Self.stream.count)
            unsafe Self.stream[offset..<end].withUnsafeBufferPointer { unsafe parser.append($0) }
            offset = end
            while let row = try parser.next() {
                #expect(row.columnCount == 3)
                #expect(row.bytes(1) == nil)
                #expect(row.bytes(2) == [])
                numbers.append(try row.int64(0))
            }
        }
        #expect(numbers == [1, 2, 3])
        #expect(parser.isFinished)
    }

    @Test(arguments: [0, 10, 14, 18, 19, 21])
    func `is refused if a byte of its framing is wrong`(offset: Int) throws {
        var damaged = Self.stream
        damaged[offset] = 0x80
        var parser = CopyRowParser()
        unsafe damaged.withUnsafeBufferPointer { unsafe parser.append($0) }
        let error = #expect(throws: PostgresError.self) { _ = try parser.next() }
        #expect(error?.kind == .protocolViolation)
    }
}
