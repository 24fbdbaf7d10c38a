/// An option of a command: `--name VALUE`, or a flag where there is no value.
struct Option: Sendable {
    let name: String
    let valueName: String?
    let help: String

    init(_ name: String, _ valueName: String? = nil, _ help: String) {
        self.name = name
        self.valueName = valueName
        self.help = help
    }
}

/// The words of one command, taken apart: `--name value`, `--name=value`, flags, and the rest in order.
struct CommandLineArguments {
    private(set) var positional: [String] = []
    private var values: [String: String] = [:]

    /// Takes the words apart.
    ///
    /// Throws a usage failure that names the word.
    init(_ words: ArraySlice<String>, options: [Option]) throws(Failure) {
        var rest = words
        while let word = rest.popFirst() {
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
                throw Failure(.usage, "unknown option \(name); see --help")
            }
            if option.valueName == nil {
                guard parts.count == 1 else { throw Failure(.usage, "\(name) takes no value") }
                values[name] = ""
            } else if parts.count == 2 {
                values[name] = String(parts[1])
            } else if let value = rest.popFirst() {
                values[name] = value
            } else {
                throw Failure(.usage, "\(name) needs a value: \(name) \(option.valueName ?? "")")
            }
        }
    }

    /// The value of an option, nil where it was not given.
    subscript(_ name: String) -> String? { values[name] }

    /// Whether a flag was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// A whole number of an option.
    func number(_ name: String) throws(Failure) -> UInt64? {
        guard let text = values[name] else { return nil }
        guard let number = UInt64(text) else { throw Failure(.usage, "\(name) takes a whole number, not \(text)") }
        return number
    }
}
