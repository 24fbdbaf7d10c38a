internal import CCrypto

/// The opening of a WebSocket (RFC 6455, section 4.2).
enum WebSocketHandshake {
    case accepted([HTTPHeader])
    case refused(HTTPResponse)

    /// Decides about a request; `isOld` where it is one of HTTP/1.0.
    init(_ head: HTTPRequestHead, isOld: Bool) {
        guard !isOld, head.method == "GET", Self.has("websocket", head, "upgrade"),
            Self.has("upgrade", head, "connection"), head["sec-websocket-version"] == "13"
        else {
            var response = ProblemBody.response(426)
            response.headers += [HTTPHeader("Upgrade", "websocket"), HTTPHeader("Sec-WebSocket-Version", "13")]
            self = .refused(response)
            return
        }
        guard let key = head["sec-websocket-key"], Self.isKey(key) else {
            self = .refused(ProblemBody.response(400))
            return
        }
        self = .accepted([HTTPHeader("Upgrade", "websocket"), HTTPHeader("Sec-WebSocket-Accept", Self.answer(key))])
    }

    /// Whether one of the fields of a name lists a word.
    private static func has(_ word: String, _ head: HTTPRequestHead, _ name: String) -> Bool {
        head.headers.contains { header in
            header.isNamed(name)
                && header.value.split(separator: ",").contains { item in
                    HTTPHeader(String(item.filter { $0 != " " && $0 != "\t" }), "").isNamed(word)
                }
        }
    }

    /// Whether a text can be 16 bytes in base64.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==") && text.utf8.dropLast(2).allSatisfy { alphabet.contains($0) }
    }

    private static func answer(_ key: String) -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        let result = unsafe EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil)
        precondition(result == 1, "libcrypto has SHA-1")
        return base64(digest)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = Array(group) + [0, 0]
            let bits = Int(padded[0]) << 16 | Int(padded[1]) << 8 | Int(padded[2])
            for (position, shift) in [18, 12, 6, 0].enumerated() {
                text.append(position <= group.count ? alphabet[bits >> shift & 0x3F] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
