internal import Ledger
internal import TradeModel

/// The tokens of a ledger, also those that were revoked, in the order in which they were created.
struct TokenList: Hashable, Sendable {
    private(set) var tokens: [Token] = []

    /// The valid token of a text that a client sent; nil where there is none.
    ///
    /// Compares the text with every token, so that the time says nothing about which one it resembles. O(tokens).
    func holder(of text: String) -> Token? {
        guard let hash = TokenText(text)?.hash else { return nil }
        var found: Token?
        for token in tokens where token.hash.isSame(as: hash) { found = token }
        return found?.revokedAt == nil ? found : nil
    }

    mutating func add(_ token: Token) { tokens.append(token) }

    func hasToken(ofID id: String) -> Bool { tokens.contains { $0.id == id } }

    /// Revokes the token of an id from a time on, and returns it; one that was revoked before keeps its time.
    ///
    /// Nil where there is no such token.
    mutating func revoke(_ id: String, at time: Timestamp) -> Token? {
        guard let index = tokens.firstIndex(where: { $0.id == id }) else { return nil }
        tokens[index].revokedAt = tokens[index].revokedAt ?? time
        return tokens[index]
    }
}

/// The bytes of the file: one object of JSON per line, and in the last line the CRC32C of the lines before it.
extension TokenList {
    /// Why bytes are no list of tokens.
    struct Fault: Error, Hashable {
        let reason: String
    }

    /// Reads the bytes of the file.
    ///
    /// Takes exactly what `encoded` gives. A list without tokens is a fault, because no command leaves one.
    init(decoding bytes: [UInt8]) throws(Fault) {
        let newline = UInt8(ascii: "\n")
        guard bytes.last == newline, let end = bytes.dropLast().lastIndex(of: newline).map({ $0 + 1 }),
            bytes[end...].elementsEqual(Self.lastLine(after: bytes[..<end]))
        else { throw Fault(reason: "it does not end with the checksum of its lines") }
        let lines = bytes[..<(end - 1)].split(separator: newline, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard let token = Token(line: line), !hasToken(ofID: token.id) else {
                throw Fault(reason: "line \(index + 1) is no token")
            }
            add(token)
        }
        guard encoded() == bytes else { throw Fault(reason: "it was not written by tradeledger") }
    }

    func encoded() -> [UInt8] {
        var json = JSONWriter()
        for token in tokens {
            token.write(to: &json)
            json.endLine()
        }
        return json.bytes + Self.lastLine(after: json.bytes[...])
    }

    private static func lastLine(after lines: ArraySlice<UInt8>) -> [UInt8] {
        let checksum = Checksum.crc32c(lines)
        var json = JSONWriter()
        json.beginObject()
        json.key("crc32c")
        json.value(Hexadecimal.text((0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32($0))) }))
        json.endObject()
        json.endLine()
        return json.bytes
    }
}

extension Token {
    private enum Key {
        static let id = "id"
        static let name = "name"
        static let role = "role"
        static let createdAt = "created_at"
        static let revokedAt = "revoked_at"
        static let hash = "sha256"
    }

    /// Reads a line of the file; nil where it is none.
    fileprivate init?(line: ArraySlice<UInt8>) {
        let object: ContextObject
        do throws(Rejection) { object = try ContextObject(parsing: line) } catch { return nil }
        func text(_ name: String) -> String? {
            object[name]?.string.flatMap { String(validating: $0, as: UTF8.self) }
        }
        func time(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp($0) } }
        guard let id = text(Key.id), Hexadecimal.bytes(id.utf8)?.count == Self.idByteCount,
            let role = text(Key.role).flatMap({ TokenRole(rawValue: $0) }), let createdAt = time(Key.createdAt),
            let hash = object[Key.hash]?.string.flatMap({ TokenHash(hexadecimal: $0) })
        else { return nil }
        // The list that holds it compares its bytes with those of the file, so a wrong name or time is found there.
        self.init(
            id: id,
            name: text(Key.name).flatMap { TokenName($0) },
            role: role,
            createdAt: createdAt,
            revokedAt: time(Key.revokedAt),
            hash: hash
        )
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key(Key.id)
        json.value(id)
        json.key(Key.name)
        if let name { json.value(name.description) } else { json.null() }
        json.key(Key.role)
        json.value(role.rawValue)
        json.key(Key.createdAt)
        json.value(createdAt)
        json.key(Key.revokedAt)
        if let revokedAt { json.value(revokedAt) } else { json.null() }
        json.key(Key.hash)
        json.value(Hexadecimal.text(hash.bytes))
        json.endObject()
    }
}
