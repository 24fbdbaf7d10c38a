/// What the arguments ask for.
struct ChaosPlan {
    /// What is wrong with the arguments.
    struct UsageError: Error {
        let message: String
    }

    private(set) var minutes = 1.0
    private(set) var seed = UInt64.random(in: 0..<1_000_000)
    private(set) var isPlain = false

    /// More would need more disk than a test may take.
    private static let minutesMax = 24 * 60.0

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--plain": isPlain = true
            case "--seed":
                guard let seed = rest.popFirst().flatMap({ UInt64($0) }) else {
                    throw UsageError(message: "--seed takes a whole number")
                }
                self.seed = seed
            case "--minutes":
                guard let minutes = rest.popFirst().flatMap({ Double($0) }), minutes > 0, minutes <= Self.minutesMax
                else { throw UsageError(message: "--minutes takes a number up to \(Int(Self.minutesMax))") }
                self.minutes = minutes
            default: throw UsageError(message: "unknown argument \(name); see tools/chaos --help")
            }
        }
    }
}
