import Testing

@Suite struct `The declarations` {
    @Test func `are each used by something`() throws {
        let folders = ["Sources", "Tests", "Benchmarks/Sources", "schema"]
        let sources = try Repository.files(in: folders, extensions: ["swift"]).map(DeclaredNames.init)
        let pages = try Repository.files(in: ["Sources", "docs"], extensions: ["md"])
        let dead = DeadDeclarations(usedBy: sources, documentedBy: try pages + [Repository.file("README.md")])
        // Nothing calls the declarations of a test.
        let judged = sources.filter { !$0.file.path.hasPrefix("Tests/") || $0.file.path.hasPrefix("Tests/Support/") }
        #expect(judged.count > 100)
        for problem in judged.flatMap(dead.problems) { Issue.record("\(problem)") }
    }

    @Test(arguments: [
        ("func unused() {}", "unused()"),
        ("let unused = 1", "unused"),
        ("private var unused: Int { 1 }", "unused"),
        ("struct Unused {}", "Unused"),
        ("typealias Unused = Int", "Unused"),
        ("enum A { case used, unused(Int) }; print(A.used)", "unused"),
        ("enum A: Error { case unused }; throw A()", "unused"),
        ("// unused() \nlet a = \"unused\"; print(a); func unused() {}", "unused()"),
        // A name in backticks is a sentence.
        ("func unused() {}; @Test func `is unused() here`() {}; `is unused() here`()", "unused()"),
        // An argument label, a parameter and an assignment to a property do not read it.
        ("struct A { let unused: Int; init(_ unused: Int) { self.unused = unused } }; A(1)", "unused"),
        ("struct A { let unused: Int }; A(unused: 1)", "unused"),
        ("struct A { let unused: Int }; func a(with unused: Int) {}; a(with: 1); A()", "unused"),
        // Another function of the name is called.
        ("func a(by b: Int) {}; func a(of b: Int) {}; a(of: 1)", "a(by:)"),
        ("func a(by b: Int, c: Int = 1) {}; a(c: 1)", "a(by:)"),
        ("func a(_ b: Int) {}; func a(of b: Int) {}; a(of: 1)", "a()"),
        ("func a(by b: Int) {}; struct B { let a: Int }; print(B(a: 1).a)", "a(by:)"),
        ("struct A { init(by b: Int) {}; init() {} }; A()", "A.init(by:)"),
        ("struct A { init(by b: Int) {} }; extension A { init() {} }; A(by: 1)", "A.init()"),
    ])
    func `would be found to be used by nothing`(text: String, name: String) {
        #expect(problems(text) == ["Sources/Example/A.swift: nothing uses \(name); delete it"])
    }

    @Test(arguments: [
        "func a() {}; a()",
        "func a() {}; let b = [1].map(a); print(b)",
        "func a(by b: Int) {}; let c = a; c(1)",
        "func a(by b: Int, _ c: Int) {}; let d = a(by:_:); d(1, 2)",
        "func a(by b: Int, c: Int = 1) {}; a(by: 1)",
        "func a(by b: Int = 1 << 2, c: Int) {}; a(c: 2)",
        "func a<B: Sequence<Int>>(of b: B, c: () -> Int) {}; a(of: []) { 1 }",
        "typealias A = () -> Int; func a(by b: Int, c: A) {}; a(by: 1) { 2 }",
        "func a(_ b: Int) {}; a(1 > 2 ? 3 : 4)",
        "struct A<B> { init(by b: B) {} }; A<[Int]>(by: [])",
        "struct A { init(by b: Int) {} }; let a: A = .init(by: 1); print(a)",
        "struct A { init?(by b: Int) {} }; func b<C>(_ type: C.Type) { C(by: 1) }; b(A.self)",
        "struct A { init(by b: Int) {}; static func c() -> A { Self(by: 1) } }; A.c()",
        "struct A { struct B { init(by b: Int) {} } }; extension A.B { init() { self.init(by: 1) } }; A.B()",
        "struct A { var b = 1; func c() { print(b) } }; A().c()",
        "struct A { var b: Int; init(_ b: Int) { self.b = b }; func c() { print(self.b == 1) } }; A(1).c()",
        "struct A { let b: Int }; print([A(b: 1)].map(\\.b))",
        "let a = 1; print(\"a: \\(a)\")",
        "let a = 1, b = [a: 2, a: 3]; print(b)",
        "let a = 1; switch 2 { case 3, a: break; default: break }",
        // Nothing has to name a case that comes from a raw value, or from a list of all cases.
        "enum A: UInt8 { case one = 1, two }; A(rawValue: 1)",
        "enum A: CaseIterable { case one, two }; A.allCases",
        "enum A { case `default` }; print(A.default)",
        // The system calls it.
        "@main struct A { static func main() {} }; main()",
        "extension A: CustomReflectable { var customMirror: Mirror { A() } }",
    ])
    func `are not found where something uses them`(text: String) {
        #expect(problems(text) == [])
    }

    @Test func `may be for users of the library if they are public and a page names them`() {
        let page = "Ask `A.b(by:)` for it."
        #expect(problems("public func b() {}", page) == [])
        #expect(problems("package func b() {}", page).count == 1)
        #expect(problems("public func c() {}", page).count == 1)
    }

    private func problems(_ text: String, _ page: String = "") -> [String] {
        let source = DeclaredNames(TextFile(path: "Sources/Example/A.swift", text: text))
        let page = TextFile(path: "docs/example.md", text: page)
        return DeadDeclarations(usedBy: [source], documentedBy: [page]).problems(source)
    }
}
