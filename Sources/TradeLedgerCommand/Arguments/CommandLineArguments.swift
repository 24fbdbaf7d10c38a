/// An option of a command: `--name VALUE`, or a flag where there is no value.
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
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]

    /// The one option of a single letter.
    static let shortHelp = "-h"

    /// Parses the words.
    ///
    /// Throws a usage failure that names the word.
    init(_ words: ArraySlice<String>, options: [Option]) throws(Failure) {
        var rest = words
        while let word = rest.popFirst() {
            let word = word == Self.shortHelp ? "--help" : word
            guard word.hasPrefix("--"), word != "--" else {
                if word == "--" {
                    positional += rest
                    return
                }
                positional.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                let names = options.map(\.name)
                throw Failure(.usage, "unknown option \(name)\(Suggestion.text(for: name, among: names)); see --help")
            }
            // One of the two values would be silently ignored, and something that should be checked would not be.
            guard option.isRepeatable || values[name] == nil else {
                throw Failure(.usage, "\(name) was given twice; give it once")
            }
            values[name, default: []].append(try Self.value(of: option, parts.dropFirst().first, &rest))
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

    /// The value of an option that can be given once, nil where it was not given.
    subscript(_ name: String) -> String? { values[name]?.first }

    /// All values of an option that can be repeated, in order.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Whether a flag was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// A whole number of an option.
    func number(_ name: String) throws(Failure) -> UInt64? {
        guard let text = self[name] else { return nil }
        guard let number = UInt64(text) else { throw Failure(.usage, "\(name) takes a whole number, not \(text)") }
        return number
    }
}
