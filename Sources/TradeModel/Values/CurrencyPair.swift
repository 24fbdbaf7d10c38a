/// The currencies that a symbol names: `BTC/USDT` has base `BTC` and quote `USDT`, and so has `BTC/USDT:USDT`.
///
/// The text before the last `/` (else the last `-`) is the base, what follows up to a `:` is the quote; both are
/// empty where the symbol has neither.
public struct CurrencyPair: Hashable, Sendable {
    /// The currency that is bought or sold, or empty.
    public let base: String
    /// The currency in which it is paid for, or empty.
    public let quote: String

    /// Reads the currencies from a symbol.
    public init(symbol: String) {
        let bytes = Array(symbol.utf8)
        self.init(symbol: bytes.span)
    }

    /// Reads the currencies from the UTF-8 of a symbol.
    init(symbol: Span<UInt8>) {
        guard let separator = symbol.lastOffset(of: UInt8(ascii: "/")) ?? symbol.lastOffset(of: UInt8(ascii: "-"))
        else {
            base = ""
            quote = ""
            return
        }
        var end = separator + 1
        while end < symbol.count, symbol[end] != UInt8(ascii: ":") { end += 1 }
        base = symbol.extracting(..<separator).text
        quote = symbol.extracting((separator + 1)..<end).text
    }
}

extension Span<UInt8> {
    fileprivate func lastOffset(of byte: UInt8) -> Int? {
        for offset in (0..<count).reversed() where self[offset] == byte { return offset }
        return nil
    }
}
