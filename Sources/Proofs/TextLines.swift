/// The lines of a file that is made of text, each of which ends in a line feed.
struct TextLines {
    /// What errors call the file.
    let name: String
    private let bytes: [UInt8]
    private var index = 0
    /// The number of the line that comes next, from 1.
    private(set) var number = 1

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    var isAtEnd: Bool { index == bytes.count }

    /// The next line without its line feed, as often as it is asked for.
    func peek() throws(ProofError) -> ArraySlice<UInt8> {
        guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw fault(isAtEnd ? "the file ends early" : "the line has no end")
        }
        return bytes[index..<end]
    }

    /// The next line without its line feed.
    mutating func next() throws(ProofError) -> ArraySlice<UInt8> {
        let line = try peek()
        index = line.endIndex + 1
        number += 1
        return line
    }

    /// Takes the next line, which must be this.
    mutating func expect(_ text: String) throws(ProofError) {
        guard try peek().elementsEqual(text.utf8) else {
            throw fault(text.isEmpty ? "an empty line belongs here" : "`\(text)` belongs here")
        }
        _ = try next()
    }

    /// The rest of the next line after a word and a space; nil if the line does not begin with them.
    mutating func next(after word: String) throws(ProofError) -> ArraySlice<UInt8>? {
        let start = Array("\(word) ".utf8)
        guard try peek().starts(with: start) else { return nil }
        return try next().dropFirst(start.count)
    }

    /// The error for an invalid next line.
    func fault(_ reason: String) -> ProofError { .refused("\(name), line \(number): \(reason)") }
}

extension UInt64 {
    /// The number of decimal digits without zeros before them; nil for anything else.
    init?(canonicalDigits digits: ArraySlice<UInt8>) {
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)),
            digits.elementsEqual(String(number).utf8)
        else { return nil }
        self = number
    }
}
