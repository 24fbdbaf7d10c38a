import Testing

/// Tests that a page names as evidence, each as `suite`: `test`.
private struct Evidence {
    let page: TextFile

    /// The evidence without a test, each as `line: what to do instead`.
    func problems(suites: [String: Set<String>]) -> [String] {
        page.lines.enumerated().flatMap { index, line in
            line.matches(of: /`([^`]+)`: `([^`]+)`/).compactMap { match in
                let (suite, test) = (String(match.output.1), String(match.output.2))
                guard !(suites[suite]?.contains(test) ?? false) else { return nil }
                return "\(page.path):\(index + 1): there is no test `\(test)` in a suite `\(suite)`; name one"
            }
        }
    }
}

@Suite struct `What a page names as evidence` {
    private let suites: [String: Set<String>]

    init() throws {
        var suites: [String: Set<String>] = [:]
        for file in try Repository.files(in: ["Tests"], extensions: ["swift"]) {
            var suite = ""
            for match in file.text.matches(of: /(struct|class|func) `([^`]+)`/) {
                if match.output.1 == "func" {
                    suites[suite, default: []].insert(String(match.output.2))
                } else {
                    suite = String(match.output.2)
                }
            }
        }
        self.suites = suites
    }

    @Test func `exists`() throws {
        let page = try Repository.file("docs/security.md")
        #expect(page.text.contains("`: `"))
        for problem in Evidence(page: page).problems(suites: suites) { Issue.record("\(problem)") }
    }

    @Test func `would be found missing`() {
        let page = TextFile(path: "docs/example.md", text: "| a thing | `No suite`: `has no such test` |")
        #expect(Evidence(page: page).problems(suites: suites).count == 1)
    }
}
