/// What a halt covers: everything, or what one strategy, symbol, account or venue does.
///
/// Its text is `all`, or a kind, a colon and a name of 1 to 128 bytes, such as `symbol:BTC/USDT`.
package struct Scope: Hashable, Sendable {
    /// What can be halted by name, in the order in which an error lists it.
    package enum Kind: String, CaseIterable, Sendable {
        case strategy
        case symbol
        case account
        case venue
    }

    /// What the name is of; nil for everything.
    package let kind: Kind?
    /// Empty for everything.
    package let name: [UInt8]

    /// Reads a text; nil where it is no scope.
    package init?(_ text: Span<UInt8>) {
        if text.holds("all") {
            (kind, name) = (nil, [])
            return
        }
        for candidate in Kind.allCases {
            let start = candidate.rawValue.utf8.count + 1
            guard text.count > start, text.extracting(..<start).holds("\(candidate.rawValue):") else { continue }
            guard text.count - start <= Limits.identifierByteCountMax else { return nil }
            (kind, name) = (candidate, text.extracting(start...).bytes)
            return
        }
        return nil
    }

    /// What a text must be, for people.
    package static let expected: String = {
        let kinds = Kind.allCases.map { "\($0.rawValue):NAME" }
        return "all, \(kinds.dropLast().joined(separator: ", ")) or \(kinds.last ?? "")"
    }()
}
