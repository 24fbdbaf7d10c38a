/// Takes passwords out of text that is shown or kept: out of anything that looks like a URL with a password, wherever
/// in it the password stands and whatever its scheme is, and out of `password=` pairs.
///
/// It redacts too much rather than too little.
package enum PasswordRedaction {
    private typealias Scalars = [Unicode.Scalar]

    private static let mask = Scalars("***".unicodeScalars)

    /// The text with each password replaced by `***`.
    package static func redacted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }) else { return text }
        var scalars = Scalars(text.unicodeScalars)
        let isChanged = [redactAddresses(&scalars), redactPairs(&scalars)].contains(true)
        guard isChanged else { return text }
        var redacted = String.UnicodeScalarView()
        redacted.append(contentsOf: scalars)
        return String(redacted)
    }

    // MARK: - Addresses

    /// Replaces the text between the first colon of an address and its last `@`.
    private static func redactAddresses(_ text: inout Scalars) -> Bool {
        var isChanged = false
        var start = 0
        while let word = nextWord(in: text, from: start) {
            start = word.upperBound
            guard let password = password(ofAddress: word, in: text) else { continue }
            text.replaceSubrange(password, with: mask)
            start = password.lowerBound + mask.count
            isChanged = true
        }
        return isChanged
    }

    private static func nextWord(in text: Scalars, from start: Int) -> Range<Int>? {
        guard let first = text[start...].firstIndex(where: { !$0.properties.isWhitespace }) else { return nil }
        return first..<(text[first...].firstIndex(where: \.properties.isWhitespace) ?? text.count)
    }

    private static func password(ofAddress word: Range<Int>, in text: Scalars) -> Range<Int>? {
        let scheme = text[word].indices.first { text[$0..<word.upperBound].starts(with: "://".unicodeScalars) }
        let start = scheme.map { $0 + 3 } ?? word.lowerBound
        guard let colon = colon(in: start..<word.upperBound, of: text) else { return nil }
        if scheme == nil {
            // A path or a time has a colon too; `user:password@host` has no slash before it, or two.
            let before = text[word.lowerBound..<colon]
            let hasSlash = before.contains("/")
            guard !before.isEmpty, !hasSlash || zip(before, before.dropFirst()).contains(where: { $0 == ("/", "/") })
            else { return nil }
        }
        if let at = text[colon..<word.upperBound].lastIndex(of: "@") {
            return at > colon + 1 ? (colon + 1)..<at : nil
        }
        guard scheme != nil else { return nil }
        return passwordWithoutEnd(after: colon, in: word, of: text)
    }

    /// The colon that a password could follow: not one of an address of IPv6 in brackets.
    private static func colon(in range: Range<Int>, of text: Scalars) -> Int? {
        guard let colon = text[range].firstIndex(of: ":") else { return nil }
        let host = text[range.lowerBound..<colon].lastIndex(of: "@").map { $0 + 1 } ?? range.lowerBound
        guard text[host] == "[", let bracket = text[host..<range.upperBound].firstIndex(of: "]") else { return colon }
        return text[bracket..<range.upperBound].firstIndex(of: ":")
    }

    /// What follows a colon of a URL and is no port: `scheme://host:password`, or the begin of a password with a space.
    private static func passwordWithoutEnd(after colon: Int, in word: Range<Int>, of text: Scalars) -> Range<Int>? {
        let rest = text[(colon + 1)..<word.upperBound]
        let end = rest.firstIndex { "/?#\"'`<>)".unicodeScalars.contains($0) } ?? word.upperBound
        let value = text[(colon + 1)..<end].reversed().drop { ".,;:".unicodeScalars.contains($0) }
        guard !value.isEmpty, !isPorts(value.reversed()) else { return nil }
        return (colon + 1)..<(text[end...].lastIndex(of: "@") ?? (colon + 1 + value.count))
    }

    /// Whether a text is a port, and perhaps more hosts with theirs: `5432,other:5433`.
    private static func isPorts(_ text: Scalars) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).enumerated().allSatisfy { index, part in
            let port = index == 0 ? part : part.lastIndex(of: ":").map { part[($0 + 1)...] } ?? []
            return port.allSatisfy { ("0"..."9").contains($0) }
        }
    }

    // MARK: - Pairs

    /// Replaces the values of `password=…`, `sslpassword = '…'`, `PGPASSWORD=…` and the like.
    private static func redactPairs(_ text: inout Scalars) -> Bool {
        var isChanged = false
        var index = 0
        while index < text.count {
            guard let value = valueOfPassword(endingAt: index, in: text) else {
                index += 1
                continue
            }
            text.replaceSubrange(value, with: mask)
            index = value.lowerBound + mask.count
            isChanged = true
        }
        return isChanged
    }

    private static let keywords = ["password", "passwd"].map { Scalars($0.unicodeScalars) }

    /// The value that the equals sign at an index gives to a password; nil where it does not.
    private static func valueOfPassword(endingAt index: Int, in text: Scalars) -> Range<Int>? {
        guard text[index] == "=" else { return nil }
        let name = text[..<index].reversed().drop(while: \.properties.isWhitespace).prefix {
            $0.properties.isAlphabetic
        }
        .map { Unicode.Scalar($0.properties.lowercaseMapping) ?? $0 }
        guard keywords.contains(where: { name.starts(with: $0.reversed()) }),
            let start = text[(index + 1)...].firstIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let quote: Unicode.Scalar? = text[start] == "'" || text[start] == "\"" ? text[start] : nil
        var end = quote == nil ? start : start + 1
        while end < text.count {
            if let quote, text[end] == quote { return start..<(end + 1) }
            if quote == nil && (text[end].properties.isWhitespace || "&\"'".unicodeScalars.contains(text[end])) {
                break
            }
            // A backslash escapes the next character.
            end += text[end] == "\\" ? 2 : 1
        }
        return start..<min(end, text.count)
    }
}
