import Testing

@Suite struct `The files` {
    private static let sources: Set<String> = ["c", "h", "modulemap", "swift"]

    @Test func `are each named by another`() throws {
        let folders = [".ci", "Benchmarks", "Sources", "Tests", "deploy", "docs", "schema", "tools"]
        let roots = ["ARCHITECTURE.md", "CONTRIBUTING.md", "Dockerfile", "Package.swift", "README.md", "compose.yaml"]
        let list = "fixtures/README.md"
        let texts = try (folders.flatMap(Repository.paths) + roots + [list]).map(Repository.file)
        let judged =
            try ["deploy", "docs", "fixtures", "schema", "tools"].flatMap(Repository.paths)
            + ["Benchmarks", "Tests"].flatMap(Repository.paths).filter { !Self.sources.contains(Self.ending(of: $0)) }
        let named = NamedFiles(in: texts, of: judged + roots)
        #expect(judged.count > 100)
        for path in judged where !named.contains(path) {
            Issue.record("\(path): no other file names it; say where it belongs what it is for, or delete it")
        }
    }

    @Test(arguments: [
        ("docs/page.md", "README.md", "See [the page](docs/page.md)."),
        ("docs/page.md", "docs/other.md", "See [the page](page.md#part)."),
        ("docs/page.md", "docs/other.md", "The end is in ../docs/page.md."),
        ("tools/walk", "CONTRIBUTING.md", "`tools/walk --far`"),
        ("tools/walk", "tools/other", "\"$project/tools/walk\""),
        ("schema/table.sql", "Package.swift", ".embedInCode(\"table.sql\")"),
        ("schema/README.md", "README.md", "(schema/README.md)"),
        // Two files have the name, and either may be meant.
        ("schema/roles.sql", "Package.swift", ".embedInCode(\"roles.sql\")"),
        ("fixtures/inputs/one/0123", "Tests/A.swift", "files(in: \"fixtures/inputs/\\(kind)\")"),
    ])
    func `are named by their path, or by the folder that code reads`(path: String, namer: String, text: String) {
        #expect(isNamed(path, by: namer, text))
    }

    @Test(arguments: [
        ("docs/page.md", "docs/page.md", "This is docs/page.md."),
        ("docs/page.md", "README.md", "A page.md5 is no mypage.md"),
        ("tools/walk", "CONTRIBUTING.md", "A walk in tools"),
        ("schema/README.md", "docs/other.md", "[README](../README.md)"),
        ("deploy/roles.sql", "docs/other.md", "schema/roles.sql"),
        ("fixtures/inputs/0123", "docs/other.md", "In fixtures/inputs are inputs."),
        ("fixtures/inputs/0123", "fixtures/README.md", "| `inputs/0123` | an input |"),
        ("fixtures/0123", "Tests/A.swift", "files(in: \"fixtures\")"),
    ])
    func `would be found to be named by none`(path: String, namer: String, text: String) {
        #expect(!isNamed(path, by: namer, text))
    }

    private func isNamed(_ path: String, by namer: String, _ text: String) -> Bool {
        let others = ["README.md", "schema/README.md", "schema/roles.sql", "deploy/roles.sql"].filter { $0 != path }
        return NamedFiles(in: [TextFile(path: namer, text: text)], of: others + [path]).contains(path)
    }

    private static func ending(of path: String) -> String { path.split(separator: ".").last.map(String.init) ?? "" }
}
