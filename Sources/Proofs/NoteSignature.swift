internal import TradeModel

/// One signature line of a signed note (C2SP signed-note): an em dash, the name of the key, and in base64 the key's id
/// and the signature.
struct NoteSignature: Hashable, Sendable {
    let name: String
    let keyID: UInt32
    let bytes: [UInt8]

    /// What every signature line begins with.
    static let lineStart = Array("\u{2014} ".utf8)

    init(name: String, keyID: UInt32, bytes: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// Reads a line without its line feed; nil where it is none.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.lineStart) else { return nil }
        let parts = line.dropFirst(Self.lineStart.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), let name = String(validating: parts[0], as: UTF8.self),
            let data = Base64.bytes(parts[1]), data.count > 4
        else { return nil }
        self.init(
            name: name,
            keyID: data.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
            bytes: Array(data.dropFirst(4))
        )
    }

    /// The line, without its line feed.
    var line: [UInt8] {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * UInt32($0))) }
        return Self.lineStart + Array("\(name) \(Base64.text(id + bytes))".utf8)
    }

    /// Whether bytes may be the name of a key: UTF-8 that is not empty, without plus, white space and characters that
    /// are not seen.
    ///
    /// A name with one of these could look like another name.
    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty, let name = String(validating: bytes, as: UTF8.self) else { return false }
        return name.unicodeScalars.allSatisfy {
            $0 != "+" && !$0.isHidden && !$0.properties.isWhitespace
        }
    }
}
