/// What the arguments ask for.
struct AttackPlan {
    /// What is wrong with the arguments.
    struct UsageError: Error {
        let message: String
    }

    private(set) var minutes = 1.0
    /// How many attacks; nil for as many as the time allows.
    private(set) var runCount: Int?
    /// The seed of the first attack; the ones after it follow.
    private(set) var seed = UInt64.random(in: 0..<1_000_000)
    private(set) var kinds: [AttackKind] = []

    private static let minutesMax = 24 * 60.0

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--seed":
                guard let seed = rest.popFirst().flatMap({ UInt64($0) }) else {
                    throw UsageError(message: "--seed takes a whole number")
                }
                self.seed = seed
            case "--runs":
                guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
                    throw UsageError(message: "--runs takes a whole number from 1 on")
                }
                runCount = count
            case "--minutes":
                guard let minutes = rest.popFirst().flatMap({ Double($0) }), minutes > 0, minutes <= Self.minutesMax
                else { throw UsageError(message: "--minutes takes a number up to \(Int(Self.minutesMax))") }
                self.minutes = minutes
            default:
                guard let kind = AttackKind(rawValue: name) else {
                    let names = AttackKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError(message: "unknown argument \(name); the kinds are \(names)")
                }
                kinds.append(kind)
            }
        }
        if kinds.isEmpty { kinds = AttackKind.allCases }
    }
}
