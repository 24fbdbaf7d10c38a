/// The arguments of a program behind one of the `tools/`, taken one after the other.
package struct ProgramArguments {
    /// The message about wrong arguments.
    package struct UsageError: Error {
        package let message: String

        package init(_ message: String) {
            self.message = message
        }
    }

    private var rest: ArraySlice<String>

    private static let minutesMax = 24 * 60.0

    package init(_ arguments: [String]) {
        rest = arguments[...]
    }

    /// The next argument; nil after the last.
    package mutating func next() -> String? { rest.popFirst() }

    /// The value of an option, a whole number.
    package mutating func number(for option: String) throws(UsageError) -> UInt64 {
        guard let number = rest.popFirst().flatMap({ UInt64($0) }) else {
            throw UsageError("\(option) takes a whole number")
        }
        return number
    }

    /// The value of an option, minutes above 0 and up to a day.
    package mutating func minutes(for option: String) throws(UsageError) -> Double {
        guard let minutes = rest.popFirst().flatMap({ Double($0) }), minutes > 0, minutes <= Self.minutesMax else {
            throw UsageError("\(option) takes a number above 0 and up to \(Int(Self.minutesMax))")
        }
        return minutes
    }
}
