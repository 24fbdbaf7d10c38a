/// The rows of a table in the form of a binary COPY, to be copied in again, one transaction at a time.
struct CopiedRows: Sendable {
    /// The number of rows per transaction, for the replicator and all contenders.
    static let rowsPerTransaction = 10_000

    let count: Int
    /// One stream per transaction, with header and trailer.
    let transactions: [[UInt8]]

    /// The length of the format's header without an extension: signature, flags, length of the extension.
    private static let headerByteCount = 19
    private static let trailer: [UInt8] = [0xFF, 0xFF]

    /// The rows of a query.
    init(of query: String, _ connection: DatabaseConnection) throws {
        var stream: [UInt8] = []
        try connection.copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)") { stream += $0 }
        self.init(stream)
    }

    private init(_ stream: [UInt8]) {
        let header = Array(stream.prefix(Self.headerByteCount))
        var (transactions, current, rows) = ([[UInt8]](), header, 0)
        var start = header.count
        while Self.number(stream, at: start, byteCount: 2) != 0xFFFF {
            let end = Self.end(ofRowAt: start, in: stream)
            current += stream[start..<end]
            start = end
            rows += 1
            if rows % Self.rowsPerTransaction == 0 {
                transactions.append(current + Self.trailer)
                current = header
            }
        }
        if current.count > header.count { transactions.append(current + Self.trailer) }
        (count, self.transactions) = (rows, transactions)
    }

    /// A row is the number of its fields, and for each its length, -1 for NULL, and as many bytes.
    private static func end(ofRowAt start: Int, in stream: [UInt8]) -> Int {
        var end = start + 2
        for _ in 0..<number(stream, at: start, byteCount: 2) {
            let length = number(stream, at: end, byteCount: 4)
            end += 4 + (length == 0xFFFF_FFFF ? 0 : length)
        }
        return end
    }

    private static func number(_ stream: [UInt8], at start: Int, byteCount: Int) -> Int {
        stream[start..<(start + byteCount)].reduce(0) { $0 << 8 | Int($1) }
    }
}
