/// A command of the program: its name, its help, its options and its action.
struct Command: Sendable {
    let name: String
    /// The operands in the usage line, such as `A B`; an operand in brackets is optional.
    var operands = ""
    let summary: String
    /// Details for `--help`, and an example that can be run.
    let help: String
    var options: [Option] = []
    let run: @Sendable (CommandLineArguments, Settings) throws -> ExitStatus

    /// The command with its operands, as the usage line shows it.
    var usage: String { "tradeledger \(name)" + (operands.isEmpty ? "" : " \(operands)") }

    /// How many operands the command takes.
    fileprivate var operandCounts: ClosedRange<Int> {
        let operands = operands.split(separator: " ")
        return operands.count { !$0.hasPrefix("[") }...operands.count
    }
}

/// An option of a command: `--name VALUE`, or a flag if it has no value.
struct Option: Sendable {
    let name: String
    let valueName: String?
    let help: String
    /// Whether the option may be given several times, each with a value that counts.
    let isRepeatable: Bool

    init(_ name: String, _ valueName: String? = nil, _ help: String, isRepeatable: Bool = false) {
        self.name = name
        self.valueName = valueName
        self.help = help
        self.isRepeatable = isRepeatable
    }
}

/// The parsed words of one command: `--name value`, `--name=value`, flags, and operands in order.
struct CommandLineArguments {
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// The only option of one letter.
    static let shortHelp = "-h"

    /// Parses the words after a command.
    ///
    /// Throws a usage failure that names the word that is wrong.
    init(_ words: ArraySlice<String>, of command: Command) throws(Failure) {
        // A command may declare a global option again, to take it several times.
        let options = command.options + Settings.options
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            let word = word == Self.shortHelp ? "--help" : word
            guard word.hasPrefix("--") else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                let advice = Suggestion.text(for: name, among: options.map(\.name))
                throw Failure(.usage, "unknown option \(name); \(advice ?? "see tradeledger \(command.name) --help")")
            }
            // One of the two values would be silently ignored, and something that should be checked would not be.
            guard option.isRepeatable || values[name] == nil else {
                throw Failure(.usage, "\(name) was given twice; give it once")
            }
            values[name, default: []].append(try Self.value(of: option, parts.dropFirst().first, &rest))
        }
        guard has("--help") || command.operandCounts.contains(operands.count) else {
            let usage = command.operands.isEmpty ? "\(command.name) takes no operands" : "usage: \(command.usage)"
            throw Failure(.usage, "\(usage); see tradeledger \(command.name) --help")
        }
    }

    /// The value of an option, from after its equals sign or from the next word; empty for a flag.
    private static func value(
        of option: Option,
        _ assigned: Substring?,
        _ rest: inout ArraySlice<String>
    ) throws(Failure) -> String {
        guard let valueName = option.valueName else {
            guard assigned == nil else { throw Failure(.usage, "\(option.name) takes no value") }
            return ""
        }
        guard let value = assigned.map(String.init) ?? rest.popFirst() else {
            throw Failure(.usage, "\(option.name) needs a value: \(option.name) \(valueName)")
        }
        return value
    }

    /// The value of an option that can be given once; nil if it was not given.
    subscript(_ name: String) -> String? { values[name]?.first }

    /// All values of an option that can be repeated, in order.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Whether an option was given.
    func has(_ name: String) -> Bool { values[name] != nil }
}

/// Suggests the name that was probably meant.
enum Suggestion {
    private static let wordLengthMax = 40

    /// `did you mean …?` with the nearest name; nil if no name is near.
    static func text(for word: String, among names: [String]) -> String? {
        nearest(to: word, among: names).map { "did you mean \($0)?" }
    }

    private static func nearest(to word: String, among names: [String]) -> String? {
        guard word.count <= wordLengthMax else { return nil }
        let letters = Array(word.drop { $0 == "-" })
        guard !letters.isEmpty else { return nil }
        let ranked = names.map { (name: $0, distance: distance(letters, Array($0.drop { $0 == "-" }))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        if best.distance <= max(1, letters.count / 3) { return best.name }
        return names.first { $0.hasPrefix(word) }
    }

    /// The edit distance: how many letters were changed, added, left out or swapped with the next one.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in b.indices.map({ $0 + 1 }) {
                let isSame = a[i - 1] == b[j - 1]
                var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    least = min(least, rows[i - 2][j - 2] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
