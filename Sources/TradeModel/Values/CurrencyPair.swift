/// The currencies that a symbol names: `BTC/USDT` has base `BTC` and quote `USDT`, and so has `BTC/USDT:USDT`.
///
/// What stands before the last `/` (else the last `-`) is the base, what follows up to a `:` is the quote; both are
/// empty where the symbol has neither.
public struct CurrencyPair: Hashable, Sendable {
    /// The currency that is bought or sold, or empty.
    public let base: String
    /// The currency in which it is paid for, or empty.
    public let quote: String

    /// Reads the currencies from a symbol.
    public init(symbol: String) {
        let text = symbol.utf8
        let slash = text.lastIndex(of: UInt8(ascii: "/")) ?? text.lastIndex(of: UInt8(ascii: "-"))
        guard let separator = slash else {
            base = ""
            quote = ""
            return
        }
        let rest = text[text.index(after: separator)...]
        base = String(symbol[..<separator])
        quote = String(symbol[rest.startIndex..<(rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex)])
    }
}
