internal import LedgerTestSupport

/// The run that the arguments request.
struct Plan {
    /// The first seed; the next runs have the next seeds.
    private(set) var firstSeed: UInt64 = 1
    /// The number of runs; nil for as many as the time allows.
    private(set) var runCount: UInt64?
    private(set) var minutes: Double?
    private(set) var checksMutations = false

    init(_ list: [String]) throws(ProgramArguments.UsageError) {
        var arguments = ProgramArguments(list)
        while let name = arguments.next() {
            switch name {
            case "--mutations": checksMutations = true
            case "--seed": firstSeed = try arguments.number(for: name)
            case "--runs": runCount = try arguments.number(for: name)
            case "--minutes": minutes = try arguments.minutes(for: name)
            default: throw ProgramArguments.UsageError("unknown argument \(name); see tools/simulate --help")
            }
        }
        if checksMutations && (firstSeed != 1 || minutes != nil || runCount == 0) {
            throw ProgramArguments.UsageError("--mutations takes --runs N alone, at least 1")
        }
        if runCount == nil && minutes == nil && !checksMutations { runCount = 1000 }
    }
}
