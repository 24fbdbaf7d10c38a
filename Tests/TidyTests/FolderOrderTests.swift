import Testing

@Suite struct `The folders of a target` {
    private static let targets = ["Ledger", "LedgerService", "Replication", "TradeLedgerCommand", "TradeModel"]
    private static let list = """
        ## Folders
        ### `Example`
        | folder | purpose |
        |---|---|
        | `Low` | types that others use |
        | `High` | types that use them |
        | `.` | the others |
        ## Rules
        | `Other` | no folder |
        """

    /// All sources: a member that another target declares too does not show its owner.
    private static let sources = Result {
        try Repository.files(in: ["Sources", "Tests/Support", "schema"], extensions: ["swift"]).map(SourceNames.init)
    }

    @Test(arguments: targets)
    func `use only those above them`(target: String) throws {
        let order = FolderOrder(try Repository.file("ARCHITECTURE.md"))
        let sources = try Self.sources.get()
        #expect(!ModuleUses(of: target, in: sources).uses.isEmpty)
        for problem in order.problems(sources, of: target) { Issue.record("\(problem)") }
    }

    @Test func `have an order in each of these targets`() throws {
        let order = FolderOrder(try Repository.file("ARCHITECTURE.md"))
        #expect(order.folders.keys.sorted() == Self.targets)
    }

    @Test func `are read from the list in their order`() {
        #expect(Self.order.folders == ["Example": ["Low", "High", "."]])
    }

    @Test func `may use those above them`() {
        let problems = problems(["Low/A": "struct A {}", "High/B": "struct B { let a: A }", "C": "let b: B"])
        #expect(problems.isEmpty)
    }

    @Test func `would be found to use one below them`() {
        let problems = problems(["Low/A": "struct A { let b: B }", "High/B": "struct B {}", "C": ""])
        let rule = "which comes after Low in ARCHITECTURE.md; a folder may use only those above it"
        #expect(problems == ["Sources/Example/Low/A.swift names B of High, \(rule)"])
    }

    @Test func `would be found to use an extension in one below them`() {
        let source = "extension A { func explained(by b: Int) -> A { self } }"
        let problems = problems(["Low/A": "struct A {}; let a = A().explained(by: 1)", "High/B": source, "C": ""])
        #expect(problems.count == 1)
        #expect(problems.first?.contains("Low/A.swift names A.explained of High") == true)
    }

    @Test func `would be found to use a file that is in none`() {
        #expect(problems(["Low/A": "", "High/B": "let c: C", "C": "class C {}"]).count == 1)
    }

    @Test func `are each in the list`() {
        let problems = problems(["Low/A": "", "Middle/D": "", "High/B": "", "C": ""])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("Sources/Example/Middle is not in ARCHITECTURE.md") == true)
    }

    @Test func `are not in the list without a source`() {
        let problems = problems(["Low/A": "", "C": ""])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("Sources/Example/High has no source") == true)
    }

    private static var order: FolderOrder { FolderOrder(TextFile(path: "ARCHITECTURE.md", text: list)) }

    private func problems(_ files: KeyValuePairs<String, String>) -> [String] {
        let sources = files.map { SourceNames(TextFile(path: "Sources/Example/\($0.key).swift", text: $0.value)) }
        return Self.order.problems(sources, of: "Example")
    }
}

@Suite struct `The uses of a source` {
    @Test(arguments: [
        "let b: B",
        "struct A { let b: [B?] }",
        "struct A: B {}",
        "func a<T: B>(_ value: T) {}",
        "extension B {}",
        "let a = C<B>.none",
        "let a = B.Inner()",
        #"let a = "an \(B.text) in a string""#,
        ##"let a = #"an \#("a \(B.text)") in a string"#"##,
        #"let a = "\\"; let b: B"#,
        "let a = 1 / 2 + B.count / 3",
        "let a = [/\"/]; let b: B",
        "/* one /* two */ three */ let b: B",
    ])
    func `are the types that it names`(text: String) {
        #expect(uses(text) == ["B"])
    }

    @Test(arguments: [
        "// B",
        "/* one /* two */ B */",
        "/// `B`\nlet a = 1",
        #"let a = "B""#,
        #"let a = "an escaped \" B""#,
        ##"let a = #"a quote " and \(B) in it"#"##,
        "let a = \"\"\"\n    a quote \" and B\n    \"\"\"",
        "let a = text.matches(of: /B/)",
        "let a = text.matches(of: #/ B / B /#)",
        "let a = C.B",
        "func a<B>(_ value: B) {}",
        "struct A<Element, B: Equatable> { let b: B }",
        "protocol A { associatedtype B }",
        "private struct B {}; private let b: B",
        "struct A { struct B {}; let b: B }",
        "func a() { struct B {}; let b = B() }",
        "let bee = BB()",
    ])
    func `are no other words`(text: String) {
        #expect(uses(text) == [])
    }

    @Test func `do not go to a type that is within the one that is extended`() {
        #expect(uses("extension A { func b() -> B { B() } }", "enum A { enum B {} }") == ["A"])
    }

    @Test func `are the functions of the module that it calls`() {
        #expect(uses("let a = text(1)", "func text(_ number: Int) -> String { \"\" }") == ["text"])
        #expect(uses("let a = b.text(1)", "func text(_ number: Int) -> String { \"\" }") == [])
        #expect(uses("struct A { func text() {}; func b() { text() } }", "func text() {}") == [])
    }

    @Test(arguments: [
        ("extension String { func shown() {} }", "a.shown()", ["String.shown"]),
        ("extension String { var shown: Int { 1 } }", "a.shown", ["String.shown"]),
        // Only one of the two is called.
        ("extension String { func shown() {} }", "a.shown", []),
        ("extension String { fileprivate func shown() {} }", "a.shown()", []),
        // The owner of the member is not clear.
        ("extension String { func shown() {} }", "struct A { func shown() {} }; a.shown()", []),
        // A source that uses a type uses its members.
        ("struct Text { func shown() {} }", "a.shown()", []),
    ])
    func `are the members that an extension adds`(declaration: String, text: String, expected: [String]) {
        #expect(uses(text, declaration) == expected)
    }

    /// What a source uses of another one, which by default declares `B`.
    private func uses(_ text: String, _ declaration: String = "struct B {}") -> [String] {
        let sources = [("First", text), ("Second", declaration)].map {
            SourceNames(TextFile(path: "Sources/Example/\($0.0).swift", text: $0.1))
        }
        return ModuleUses(of: "Example", in: sources).uses.filter { $0.file.path.contains("First") }.map(\.name)
    }
}
