import Testing

/// A rule about the text of one file.
struct SourceRule: Sendable, CustomTestStringConvertible {
    let name: String
    let folders: [String]
    let extensions: Set<String>
    /// A file that breaks the rule.
    let counterexample: String
    /// What is wrong with a file, each as `line: what to do instead`.
    let problems: @Sendable (TextFile) -> [String]

    var testDescription: String { name }

    static let all = [lineLength, fileLength, bannedWords, foundation, documentation]

    private static let lineLength = SourceRule(
        name: "a line has at most 120 characters",
        folders: ["Sources", "Tests", "Benchmarks/Sources", "schema", "tools"],
        extensions: ["", "c", "h", "md", "py", "sql", "swift"],
        counterexample: String(repeating: "x", count: 121)
    ) { file in
        // Only a table has no way to go on in another line.
        numbered(file).filter { $0.line.count > 120 && !$0.line.hasPrefix("|") }
            .map { "\($0.number): \($0.line.count) characters; break the line, at most 120" }
    }

    private static let fileLength = SourceRule(
        name: "a file has at most 400 lines",
        folders: ["Sources", "Tests", "Benchmarks/Sources", "schema", "tools"],
        extensions: ["", "c", "h", "py", "sql", "swift"],
        counterexample: String(repeating: "\n", count: 401)
    ) { file in
        file.lines.count > 401 ? ["\(file.lines.count): split the file by what its parts are responsible for"] : []
    }

    private static let replacements = [
        ("try?", "handle the error, or let it be thrown"),
        ("try!", "throw, or precondition with the reason"),
        ("as!", "use as? with a guard, or a type that makes the cast needless"),
        ("fatalError(", "use precondition for a bug, throw for a fault"),
        ("TODO", "do it, or say in the documentation what is not there"),
        ("FIXME", "fix it, or say in the documentation what is not there"),
    ]

    private static let bannedWords = SourceRule(
        name: "no source has a word that is banned",
        folders: ["Sources", "Tests/Support", "Benchmarks/Sources", "schema"],
        extensions: ["c", "h", "sql", "swift"],
        counterexample: "let value = try? read()"
    ) { file in
        numbered(file).flatMap { number, line in
            replacements.filter { begins($0.0, in: line) }.map { "\(number): instead of \($0.0): \($0.1)" }
        }
    }

    /// Whether a word of the line begins with these characters: `entry?` holds no `try?`.
    private static func begins(_ word: String, in line: String) -> Bool {
        line.ranges(of: word).contains { range in
            range.lowerBound == line.startIndex || !line[line.index(before: range.lowerBound)].isLetter
        }
    }

    private static let foundation = SourceRule(
        name: "no source imports Foundation",
        folders: ["Sources", "Tests/Support", "Benchmarks/Sources", "schema"],
        extensions: ["swift"],
        counterexample: "internal import FoundationEssentials"
    ) { file in
        numbered(file).filter { $0.line.contains("import Foundation") }
            .map { "\($0.number): instead of Foundation: Glibc, Synchronization and the values of TradeModel" }
    }

    private static let documentation = SourceRule(
        name: "every public declaration has a doc comment",
        folders: ["Sources", "Tests/Support"],
        extensions: ["swift"],
        counterexample: "}\n@discardableResult\npublic func append() {}"
    ) { file in
        numbered(file).filter { _, line in
            let declaration = line.drop { $0 == " " }
            return declaration.hasPrefix("public ") && !declaration.hasPrefix("public import ")
        }.filter { number, _ in
            let above = file.lines[..<(number - 1)].last { !$0.drop { $0 == " " }.hasPrefix("@") } ?? ""
            return !above.drop { $0 == " " }.hasPrefix("///")
        }.map { "\($0.number): write a /// comment above: meaning, units, errors" }
    }

    private static func numbered(_ file: TextFile) -> [(number: Int, line: String)] {
        file.lines.enumerated().map { (number: $0.offset + 1, line: $0.element) }
    }
}

@Suite struct `The sources` {
    @Test(arguments: SourceRule.all)
    func `keep the rule`(rule: SourceRule) throws {
        let files = try Repository.files(in: rule.folders, extensions: rule.extensions)
        #expect(files.count > 10)
        for file in files {
            for problem in rule.problems(file) { Issue.record("\(file.path):\(problem)") }
        }
    }

    @Test(arguments: SourceRule.all)
    func `would be found to break it`(rule: SourceRule) {
        #expect(!rule.problems(TextFile(path: "Sources/Ledger/Example.swift", text: rule.counterexample)).isEmpty)
    }
}
