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

    static let all = [lineLength, fileLength, functionLength, bannedWords, refusedWords, foundation, documentation]

    private static let lineLength = SourceRule(
        name: "a line has at most 120 characters",
        folders: ["Sources", "Tests", "Benchmarks/Sources", "schema", "tools"],
        extensions: ["", "c", "h", "md", "py", "sql", "swift"],
        counterexample: String(repeating: "x", count: 121)
    ) { file in
        // A row of a table cannot continue on another line.
        numbered(file).filter { $0.line.count > 120 && !$0.line.hasPrefix("|") }
            .map { "\($0.number): \($0.line.count) characters; break the line, at most 120" }
    }

    private static let fileLength = SourceRule(
        name: "a file has at most 430 lines",
        folders: ["Sources", "Tests", "Benchmarks/Sources", "schema", "tools"],
        extensions: ["", "c", "h", "py", "sql", "swift"],
        counterexample: String(repeating: "\n", count: 431)
    ) { file in
        file.lines.count > 431 ? ["\(file.lines.count): split the file by what its parts are responsible for"] : []
    }

    private static let functionLength = SourceRule(
        name: "a function has at most 70 lines",
        folders: ["Sources", "Tests/Support", "Benchmarks/Sources"],
        extensions: ["swift"],
        counterexample: "func long() {\n" + String(repeating: "    step()\n", count: 70) + "}"
    ) { file in
        numbered(file).compactMap { number, line in
            let indent = line.prefix { $0 == " " }
            guard line.contains("func ") || line.contains("init("), !line.hasPrefix(indent + "//") else { return nil }
            // The formatter puts the brace that ends a function below the first letter of its declaration.
            let rest = file.lines[number...]
            guard !line.hasSuffix("}"), let last = rest.firstIndex(where: { ends($0, indent.count) }),
                file.lines[last] == indent + "}"
            else { return nil }
            let count = last + 2 - number
            return count > 70 ? "\(number): \(count) lines; give its parts names" : nil
        }
    }

    /// Whether a line is indented no more than a declaration, so that it ends it or begins another.
    private static func ends(_ line: String, _ indentCount: Int) -> Bool {
        let text = line.drop { $0 == " " }
        return !text.isEmpty && line.count - text.count <= indentCount && !text.hasPrefix(")")
    }

    /// Names and phrases that we gave up for the field's terms, or because nobody would say them aloud.
    private static let refused: [(phrase: String, instead: String)] = [
        ("PartingReport", "DivergenceReport"), ("LogFeed", "BatchSource"), ("FollowedLog", "LogTailer"),
        ("ReadAhead", "Prefetcher"), ("PartSource", "ChunkSource"), ("ReplicationWitness", "CatchUpProbe"),
        ("DatabaseLead", "DatabaseAheadMarker"), ("LogArchive", "IndexBuilder"),
        ("IdentityRun", "IndexRun"), ("IdentityCover", "RunSet"), ("SpareSegment", "PreallocatedSegment"),
        ("RecordSequence", "RecordIterator"), ("RejectedLog", "DeadLetterLog"), ("WholeFile", "AtomicFile"),
        ("GuardedFile", "PrivateFile"), ("TradeBook", "OpenTrades"), ("ErrorNature", "RetryClass"),
        ("what stands", "name what is there"), ("What stands", "name what is there"), ("builds on", "depends on"),
        ("build on", "depend on"),
        ("at next to no", "at little"), ("whatever it holds", "say what it may hold"),
        ("flows to the left", "say in which direction data flows"),
        ("tands in for", "replaces"), ("tands in the place", "replaces"), ("as good as", "the same as"),
        ("is told", "learns, or is reported"), ("are told", "learn, or are reported"), ("was told", "learned"),
        ("told apart", "distinguished"), ("ouches for", "asserts"), ("ouch for", "assert"),
        ("behind our back", "by another program"), ("behind its end", "after its end"), ("on behind", "on after"),
        ("lies behind", "follows"), ("was set back", "was rolled back"), ("went another way", "diverged"),
        ("its own way", "diverge"), (" for who ", "name the actor"), (" by who ", "name the actor"),
        (" to who ", "name the actor"), (" until who ", "name the actor"), ("Who has ", "name the actor"),
        ("trouble", "outage, or fault"), ("ousekeep", "maintenance"), ("one row a ", "one row per"),
        ("one line a ", "one line per"), ("as often as not", "half of the time"), ("mean harm", "are hostile"),
        ("to its word", "say what it promised"), ("in the eyes of", "say who checks it"), ("the very ", "exactly the"),
        ("as aimed at", "target"), ("of no use", "say when it is ignored"), ("passed over", "skipped"),
        ("hat becomes of", "what happens to"), ("hat came of", "the result of"), ("hard to carry", "difficult"),
        ("without a farewell", "without closing"), ("life goes on", "say what continues"),
        ("of its own accord", "by itself"), ("runs full", "fills up"), ("no news", "say what is hidden"),
    ]

    /// The folders and pages in which no refused phrase is allowed.
    private static let writtenFolders = [
        "Sources", "Tests", "Benchmarks/Sources", "schema", "docs", "tools", "deploy", "fixtures/README.md",
        "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md",
    ]

    private static let refusedWords = SourceRule(
        name: "no text has a word or phrase that we gave up",
        folders: writtenFolders,
        extensions: ["", "h", "md", "service", "sql", "swift"],
        counterexample: "/// What stands where the next frame would be."
    ) { file in
        // A released migration never changes, and this file lists the phrases.
        guard !file.path.hasPrefix("schema/migrations/"), !file.path.hasSuffix("SourceRule.swift") else { return [] }
        let text = file.text
        let used = refused.filter { text.contains($0.phrase) }
        return numbered(file).flatMap { number, line in
            used.filter { line.contains($0.phrase) }
                .map { "\(number): instead of \"\($0.phrase)\": \($0.instead)" }
        }
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

    @Test func `may have an optional after a word that ends in try`() throws {
        let rule = try #require(SourceRule.all.first { $0.name.contains("banned") })
        #expect(rule.problems(TextFile(path: "Sources/Ledger/Example.swift", text: "var last: IndexEntry?")).isEmpty)
    }

    @Test(arguments: SourceRule.all)
    func `would be found to break it`(rule: SourceRule) {
        #expect(!rule.problems(TextFile(path: "Sources/Ledger/Example.swift", text: rule.counterexample)).isEmpty)
    }
}
