/// Text in borrowed bytes.
extension Span<UInt8> {
    /// The bytes as UTF-8.
    var text: String { unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) } }

    /// Whether the bytes are this text.
    func holds(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes are this text of small letters, with each as a small or a capital letter of ASCII.
    func holdsInAnyCase(_ smallLetters: String) -> Bool {
        guard count == smallLetters.utf8.count else { return false }
        var index = 0
        for byte in smallLetters.utf8 {
            guard self[index] == byte || self[index] == byte - 32 else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes are the same as others.
    package func holds(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        // Eight at a time: identifiers have some twenty bytes.
        while offset + 8 <= count {
            guard littleEndian64(at: offset) == other.littleEndian64(at: offset) else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] == other[offset] else { return false }
            offset += 1
        }
        return true
    }
}
