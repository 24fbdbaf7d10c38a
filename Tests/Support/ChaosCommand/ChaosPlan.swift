internal import LedgerTestSupport

/// The run that the arguments request.
struct ChaosPlan {
    private(set) var minutes = 1.0
    private(set) var seed = UInt64.random(in: 0..<1_000_000)
    private(set) var isPlain = false

    init(_ list: [String]) throws(ProgramArguments.UsageError) {
        var arguments = ProgramArguments(list)
        while let name = arguments.next() {
            switch name {
            case "--plain": isPlain = true
            case "--seed": seed = try arguments.number(for: name)
            case "--minutes": minutes = try arguments.minutes(for: name)
            default: throw ProgramArguments.UsageError("unknown argument \(name); see tools/chaos --help")
            }
        }
    }
}
