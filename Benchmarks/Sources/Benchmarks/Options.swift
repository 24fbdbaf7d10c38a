/// The options of the command line; `tools/bench` adds those from the directory to the commit.
struct Options {
    /// A mistake on the command line.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var directory = ""
    private(set) var programPath = ""
    private(set) var databaseToolPath = ""
    private(set) var pythonPath: String?
    private(set) var peersPath = ""
    private(set) var commit = ""
    private(set) var roundCount = 7
    private(set) var extent = Setting.Extent.full
    private(set) var jsonPath: String?
    private(set) var plotPath: String?
    private(set) var questions: [Question] = []
    private(set) var wantsLife = false
    /// By what the work of each row is multiplied, one after the other.
    private(set) var factors = [1]

    init(_ arguments: ArraySlice<String>) throws(Mistake) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--directory": directory = try Self.value(of: argument, &rest)
            case "--program": programPath = try Self.value(of: argument, &rest)
            case "--database-tool": databaseToolPath = try Self.value(of: argument, &rest)
            case "--python": pythonPath = try Self.value(of: argument, &rest)
            case "--peers": peersPath = try Self.value(of: argument, &rest)
            case "--commit": commit = try Self.value(of: argument, &rest)
            case "--json": jsonPath = try Self.value(of: argument, &rest)
            case "--plot": plotPath = try Self.value(of: argument, &rest)
            case LogLife.rowName: wantsLife = true
            case "--quick": extent = .quick
            case "--growth": (extent, factors) = (.quick, Growth.factors)
            case "--rounds":
                guard let count = Int(try Self.value(of: argument, &rest)), count > 0 else {
                    throw Mistake(description: "--rounds takes a number from 1 on")
                }
                roundCount = count
            default:
                guard let question = Program.questions.first(where: { $0.name == argument }) else {
                    let names = (Program.questions.map(\.name) + [LogLife.rowName]).joined(separator: ", ")
                    throw Mistake(description: "there is no option or row \(argument); the rows are \(names)")
                }
                questions.append(question)
            }
        }
        guard questions.isEmpty && !wantsLife else { return }
        let showsGrowth = factors.count > 1
        (questions, wantsLife) = (showsGrowth ? Program.logQuestions : Program.questions, !showsGrowth)
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(Mistake) -> String {
        guard let value = rest.popFirst() else { throw Mistake(description: "\(option) takes a value") }
        return value
    }
}
