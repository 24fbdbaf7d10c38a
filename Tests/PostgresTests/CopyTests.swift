import Postgres
import PostgresTestSupport
import Testing

private struct GivenUp: Error {}

@Suite(.needsServer) struct `A binary COPY` {
    private static let uuid = Array(0x10...0x1F) as [UInt8]

    @Test func `carries every type both ways`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute(
                """
                CREATE TABLE types (
                    small smallint, medium integer, large bigint, flag boolean, name text, id uuid,
                    at timestamptz, amount numeric, document json, parsed jsonb, raw bytea, absent text
                )
                """
            )
            let count = try connection.copyIn("COPY types FROM STDIN (FORMAT binary)") { copy in
                #expect(copy.columnCount == 12)
                try copy.writeRow { row throws(PostgresError) in
                    row.append(int16: -2)
                    row.append(int32: .min)
                    row.append(int64: .max)
                    row.append(bool: true)
                    row.append(text: "Größe €")
                    row.append(uuidHigh: 0x1011_1213_1415_1617, low: 0x1819_1A1B_1C1D_1E1F)
                    row.append(timestampMicrosecondsSince1970: 1_700_000_000_123_456)
                    try row.append(numericText: "-0.050")
                    row.append(text: Array(#"{"b": 1,  "a":2}"#.utf8))
                    row.append(jsonb: Array(#"{"b": 1,  "a":2}"#.utf8)[...])
                    row.append(text: [0, 255, 92])
                    row.appendNull()
                }
            }
            #expect(count == 1)

            try connection.execute("SET TimeZone = 'UTC'")
            let stored = try connection.query("SELECT * FROM types")
            let texts = (0..<stored.columnCount).map { stored.text(row: 0, column: $0) }
            #expect(
                texts == [
                    "-2", "-2147483648", "9223372036854775807", "t", "Größe €",
                    "10111213-1415-1617-1819-1a1b1c1d1e1f", "2023-11-14 22:13:20.123456+00", "-0.050",
                    #"{"b": 1,  "a":2}"#, #"{"a": 2, "b": 1}"#, #"\x00ff5c"#, nil,
                ]
            )
            #expect(stored.bytes(row: 0, column: 10) == [0, 255, 92])

            try connection.copyOut("SELECT * FROM types") { rows in
                let row = try #require(try rows.next())
                #expect(try row.int16(0) == -2)
                #expect(try row.int32(1) == .min)
                #expect(try row.int64(2) == .max)
                #expect(try row.bool(3) == true)
                #expect(row.text(4) == "Größe €")
                #expect(try row.uuid(5) == Self.uuid[...])
                #expect(try row.timestampMicrosecondsSince1970(6) == 1_700_000_000_123_456)
                #expect(try row.numeric(7)?.canonicalText == "-0.05")
                #expect(row.text(8) == #"{"b": 1,  "a":2}"#)
                #expect(try row.jsonb(9).map { String(decoding: $0, as: UTF8.self) } == #"{"a": 2, "b": 1}"#)
                #expect(row.bytes(10) == [0, 255, 92])
                #expect(row.bytes(11) == nil)
                #expect(throws: PostgresError.self) { try row.int64(1) }
                let end = try rows.next()
                #expect(end == nil)
            }
        }
    }

    @Test(arguments: [-1, 0, 946_684_799_999_999, 253_402_300_799_999_999] as [Int64])
    func `keeps a time to the microsecond`(microseconds: Int64) throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE times (at timestamptz)")
            _ = try connection.copyIn("COPY times FROM STDIN (FORMAT binary)") { copy in
                try copy.writeRow { row throws(PostgresError) in
                    row.append(timestampMicrosecondsSince1970: microseconds)
                }
            }
            let result = try connection.query("SELECT (extract(epoch FROM at) * 1000000)::bigint FROM times")
            #expect(try result.int64(row: 0, column: 0) == microseconds)
        }
    }

    @Test func `reports a refused row and leaves the connection usable`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE unique_numbers (number bigint PRIMARY KEY)")
            let error = try #require(throws: PostgresError.self) {
                _ = try connection.copyIn("COPY unique_numbers FROM STDIN (FORMAT binary)") { copy in
                    for number in [1, 2, 1] as [Int64] {
                        try copy.writeRow { row throws(PostgresError) in row.append(int64: number) }
                    }
                }
            }
            #expect(error.kind == .server)
            #expect(error.sqlState == "23505")
            #expect(error.message.contains("unique_numbers_pkey"))
            #expect(error.detail == "Key (number)=(1) already exists.")
            #expect(!error.description.contains("(1)"))
            #expect(!error.isRetryable)
            #expect(connection.isBroken == false)
            #expect(try connection.query("SELECT FROM unique_numbers").rowCount == 0)
        }
    }

    @Test func `stores nothing if its writer gives up`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE numbers (number bigint)")
            #expect(throws: GivenUp.self) {
                _ = try connection.copyIn("COPY numbers FROM STDIN (FORMAT binary)") { copy in
                    for number in 0..<100_000 as Range<Int64> {
                        try copy.writeRow { row throws(PostgresError) in row.append(int64: number) }
                    }
                    throw GivenUp()
                }
            }
            #expect(try connection.query("SELECT FROM numbers").rowCount == 0)
        }
    }

    @Test func `skips a row whose fields cannot be encoded`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE pairs (id bigint, value numeric)")
            let count = try connection.copyIn("COPY pairs FROM STDIN (FORMAT binary)") { copy in
                for (id, text) in [(1, "1.5"), (2, "1e5"), (3, "2.5")] as [(Int64, String)] {
                    do throws(PostgresError) {
                        try copy.writeRow { row throws(PostgresError) in
                            row.append(int64: id)
                            try row.append(numericText: text)
                        }
                    } catch {
                        #expect(error.kind == .invalidArgument)
                        #expect(id == 2)
                    }
                }
            }
            #expect(count == 2)
            let ids = try connection.query("SELECT string_agg(id::text, ',' ORDER BY id) FROM pairs")
            #expect(ids.text(row: 0, column: 0) == "1,3")
        }
    }

    @Test func `streams many chunks in order`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE lines (id bigint, text text)")
            let longText = Array(repeating: UInt8(ascii: "x"), count: 300_000)
            let count = try connection.copyIn("COPY lines FROM STDIN (FORMAT binary)") { copy in
                for id in 0..<50_000 as Range<Int64> {
                    try copy.writeRow { row throws(PostgresError) in
                        row.append(int64: id)
                        row.append(text: id == 777 ? longText : [])
                    }
                }
            }
            #expect(count == 50_000)
            try connection.copyOut("SELECT id, text FROM lines ORDER BY id") { rows in
                var expectedID: Int64 = 0
                while let row = try rows.next() {
                    let id = try row.int64(0)
                    try #require(id == expectedID)
                    #expect(row.bytes(1)?.count == (id == 777 ? 300_000 : 0))
                    expectedID += 1
                }
                #expect(expectedID == 50_000)
            }
        }
    }

    @Test func `that is abandoned before its last row ends the session`() throws {
        try TestServer.withDatabase { _, url in
            var connection = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            let first = try connection.copyOut("SELECT generate_series(1, 1000000000)") { rows in
                try rows.next()?.int32(0)
            }
            #expect(first == 1)
            #expect(connection.isBroken == true)
            connection = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            #expect(throws: GivenUp.self) {
                try connection.copyOut("SELECT generate_series(1, 1000000000)") { _ in throw GivenUp() }
            }
            let error = try #require(throws: PostgresError.self) { _ = try connection.query("SELECT 7") }
            #expect(error.kind == .connectionLost)
        }
    }

    @Test func `without rows ends`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.copyOut("SELECT 1 WHERE false") { rows in
                let row = try rows.next()
                #expect(row == nil)
            }
        }
    }

    @Test func `reports an error that comes after rows`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = try #require(throws: PostgresError.self) {
                try connection.copyOut("SELECT 1 / (5000 - n) FROM generate_series(1, 5000) AS n") { rows in
                    while try rows.next() != nil {}
                }
            }
            #expect(error.sqlState == "22012")
            #expect(connection.isBroken == false)
        }
    }

    @Test func `reports a statement that the server refuses`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = try #require(throws: PostgresError.self) {
                _ = try connection.copyIn("COPY absent FROM STDIN (FORMAT binary)") { _ in }
            }
            #expect(error.sqlState == "42P01")
            #expect(try connection.query("SELECT 7").int64(row: 0, column: 0) == 7)
        }
    }
}
