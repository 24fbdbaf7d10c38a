/// What the arguments ask for.
struct Plan {
    /// What is wrong with the arguments.
    struct UsageError: Error {
        let message: String
    }

    /// The first seed; the ones behind it follow.
    private(set) var firstSeed: UInt64 = 1
    /// How many runs; nil for as many as the time allows.
    private(set) var runCount: UInt64?
    private(set) var minutes: UInt64?
    private(set) var checksMutations = false

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--mutations": checksMutations = true
            case "--seed": firstSeed = try Self.number(name, rest.popFirst())
            case "--runs": runCount = try Self.number(name, rest.popFirst())
            case "--minutes": minutes = try Self.number(name, rest.popFirst())
            default: throw UsageError(message: "unknown argument \(name); see tools/simulate --help")
            }
        }
        if checksMutations && (firstSeed != 1 || minutes != nil || runCount == 0) {
            throw UsageError(message: "--mutations takes --runs N alone, at least 1")
        }
        if runCount == nil && minutes == nil && !checksMutations { runCount = 1000 }
    }

    private static func number(_ name: String, _ text: String?) throws(UsageError) -> UInt64 {
        guard let text, let number = UInt64(text) else { throw UsageError(message: "\(name) takes a whole number") }
        return number
    }
}
