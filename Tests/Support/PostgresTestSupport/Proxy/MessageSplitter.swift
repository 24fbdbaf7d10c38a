/// A message of the protocol, with its header.
struct Message {
    let bytes: [UInt8]
    /// The first character; nil for what a client sends before the server knows it.
    let type: Character?

    /// The texts at the beginning of the message, each ended by a zero byte.
    var texts: [String] {
        bytes.dropFirst(5).split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Splits the bytes of one direction of a session into messages.
struct MessageSplitter {
    private static let protocolVersion3: UInt32 = 3 << 16

    private var bytes: [UInt8] = []
    private var start = 0
    private var isTyped: Bool

    /// The bytes that a server sends.
    static var ofServer: MessageSplitter { MessageSplitter(isTyped: true) }
    /// The bytes that a client sends.
    static var ofClient: MessageSplitter { MessageSplitter(isTyped: false) }

    private init(isTyped: Bool) {
        self.isTyped = isTyped
    }

    mutating func append(_ more: [UInt8]) {
        bytes.removeFirst(start)
        start = 0
        bytes += more
    }

    /// The next complete message.
    mutating func next() -> Message? {
        let typeByteCount = isTyped ? 1 : 0
        guard bytes.count - start >= typeByteCount + 4 else { return nil }
        let byteCount = typeByteCount + Int(number(at: start + typeByteCount))
        guard bytes.count - start >= byteCount else { return nil }
        let type = isTyped ? Character(Unicode.Scalar(bytes[start])) : nil
        if !isTyped && byteCount >= 8 && number(at: start + 4) == Self.protocolVersion3 { isTyped = true }
        defer { start += byteCount }
        return Message(bytes: Array(bytes[start..<start + byteCount]), type: type)
    }

    private func number(at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension Message {
    /// SSLRequest and GSSENCRequest: the client asks for encryption, which no server behind a Unix socket has.
    var isEncryptionRequest: Bool {
        type == nil && [[0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F], [0, 0, 0, 8, 4, 0xD2, 0x16, 0x30]].contains(bytes)
    }
}
