internal import Ledger
internal import TradeModel

/// Where the next page of a list begins, as a text that clients send back as it came.
///
/// In base64url (RFC 4648, section 5): a version, a checksum, and the place. The checksum begins with the ledger's id
/// and the path of the list, so a cursor of another ledger or another list is as little valid as a damaged one.
struct PageCursor {
    /// The ledger's id, and the path of the list.
    private let seed: [UInt8]

    private static let version: UInt8 = 1
    private static let headByteCount = 1 + 4
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The cursors of a list.
    init(_ reader: LedgerReader, _ path: String) { seed = Array((reader.ledgerID.description + path).utf8) }

    /// The text of a place.
    func text(_ place: [UInt8]) -> String {
        var bytes = [Self.version]
        bytes.appendLittleEndian(checksum(place[...]))
        bytes += place
        return String(decoding: Self.encoded(bytes), as: UTF8.self)
    }

    /// The text of the place of a number, such as a sequence.
    func text(_ number: UInt64) -> String {
        var place: [UInt8] = []
        place.appendLittleEndian(number)
        return text(place)
    }

    /// The place that the parameter `cursor` gives; nil where it is not given.
    func place(_ parameters: Parameters) throws(Problem) -> [UInt8]? {
        guard let text = parameters["cursor"] else { return nil }
        guard let bytes = Self.decoded(text), bytes.count >= Self.headByteCount, bytes[0] == Self.version,
            bytes.littleEndian32(at: 1) == checksum(bytes[Self.headByteCount...])
        else { throw invalid }
        return Array(bytes[Self.headByteCount...])
    }

    /// The number that the parameter `cursor` gives; nil where it is not given.
    func number(_ parameters: Parameters) throws(Problem) -> UInt64? {
        guard let place = try place(parameters) else { return nil }
        guard place.count == 8 else { throw invalid }
        return place.littleEndian64(at: 0)
    }

    private var invalid: Problem {
        Problem(.notFound, "no page of this list begins at the cursor; take what next said in an answer, unchanged")
    }

    private func checksum(_ place: ArraySlice<UInt8>) -> UInt32 {
        Checksum.crc32c(place, continuing: Checksum.crc32c(seed[...]))
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0...group.count { text.append(digits[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
        }
        return text
    }

    /// The bytes of a text; nil where no bytes have it.
    private static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, bitCount) = (UInt32(0), 0)
        for digit in text.utf8 {
            guard let value = digits.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        }
        // Two texts of the same bytes would be two cursors.
        return encoded(bytes).elementsEqual(text.utf8) ? bytes : nil
    }
}

extension Parameter {
    /// How many elements a page has at most.
    static func limit(_ most: UInt64, usually usual: UInt64) -> Parameter {
        Parameter("limit", .integer(1...most), "The most elements of a page, 1 to \(most); \(usual) if absent.")
    }

    /// Where a page begins.
    static let cursor = Parameter("cursor", .text, "Where the page begins: what next said in the page before.")

    /// The moment at which the answer was true.
    static let moment = [
        Parameter("as_of", .time, "What was known at this time by the ledger's clock."),
        Parameter("as_of_sequence", .integer(0...(.max)), "What was known after this event."),
    ]
}
