internal import LedgerTestSupport

/// The run that the arguments request.
struct AttackPlan {
    private(set) var minutes = 1.0
    /// The number of attacks; nil for as many as the time allows.
    private(set) var runCount: UInt64?
    /// The seed of the first attack; the next attacks have the next seeds.
    private(set) var seed = UInt64.random(in: 0..<1_000_000)
    private(set) var kinds: [AttackKind] = []

    init(_ list: [String]) throws(ProgramArguments.UsageError) {
        var arguments = ProgramArguments(list)
        while let name = arguments.next() {
            switch name {
            case "--seed": seed = try arguments.number(for: name)
            case "--runs": runCount = try arguments.number(for: name)
            case "--minutes": minutes = try arguments.minutes(for: name)
            default:
                guard let kind = AttackKind(rawValue: name) else {
                    let names = AttackKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ProgramArguments.UsageError("unknown argument \(name); the kinds are \(names)")
                }
                kinds.append(kind)
            }
        }
        if runCount == 0 { throw ProgramArguments.UsageError("--runs takes a number above 0") }
        if kinds.isEmpty { kinds = AttackKind.allCases }
    }
}
