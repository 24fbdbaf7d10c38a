internal import Glibc

/// Why a server does not start, or keeps its old certificate: a sentence for the operator.
package struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sentence, on one line, without a full stop.
    package let description: String

    init(_ description: String) { self.description = description }

    /// A system call that failed, with the number that `errno` had.
    init(cannot action: String, _ number: Int32) {
        description = "cannot \(action): \(Self.text(of: number))"
    }

    private static func text(of number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
