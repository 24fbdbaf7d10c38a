/// The names that one source declares and uses, judged by its text.
///
/// A member has the form `name`, or `name(` where it is called.
struct SourceNames {
    let file: TextFile
    /// What other files of the module can use: types and functions at the top level that are not private.
    private(set) var declared: Set<String> = []
    /// The members of types that other files can use.
    private(set) var members: Set<String> = []
    /// The members that extensions add, by the name of the type.
    private(set) var extended: [String: Set<String>] = [:]
    /// The types within each type.
    private(set) var nested: [String: Set<String>] = [:]
    /// The types that the source declares or extends, at any level.
    private(set) var scopes: Set<String> = []
    /// Names that mean something of the source's own: private types, private members and generic parameters.
    private(set) var ownNames: Set<String> = []
    /// The names that occur alone.
    private(set) var words: Set<String> = []
    /// Those of them that are called.
    private(set) var calls: Set<String> = []
    /// The members that are named after a dot.
    private(set) var memberUses: Set<String> = []

    private let tokens: [String]

    /// What a brace opens.
    private enum Scope: Equatable {
        case type(String)
        case addition(String)
        case body
    }

    private static let typeKeywords: Set<String> = ["actor", "class", "enum", "protocol", "struct", "typealias"]
    private static let memberKeywords: Set<String> = ["case", "func", "let", "var"]
    private static let privacy: Set<String> = ["fileprivate", "private"]
    private static let modifiers = privacy.union([
        "borrowing", "class", "consuming", "final", "indirect", "internal", "lazy", "mutating", "nonisolated",
        "nonmutating", "override", "package", "public", "static", "unowned", "weak",
    ])

    init(_ file: TextFile) {
        self.file = file
        tokens = SwiftLexer.tokens(of: file.text)
        readDeclarations()
        readUses()
    }

    private func token(_ index: Int) -> String { tokens.indices.contains(index) ? tokens[index] : "" }

    private mutating func readDeclarations() {
        var open: [Scope] = []
        /// What the next brace opens.
        var next = Scope.body
        for (index, word) in tokens.enumerated() {
            switch word {
            case "{":
                open.append(next)
                next = .body
            case "}": _ = open.popLast()
            case "init", "subscript": noteGenerics(from: index + 1)
            case _ where token(index - 1) == "." || !SwiftLexer.isWord(token(index + 1)): break
            case "associatedtype": ownNames.insert(token(index + 1))
            case "extension":
                next = .addition(token(index + 1))
                scopes.insert(token(index + 1))
            case _ where Self.typeKeywords.contains(word) && !Self.memberKeywords.contains(token(index + 1)):
                declareType(at: index, within: open.last)
                if word != "typealias" { next = .type(token(index + 1)) }
            case _ where Self.memberKeywords.contains(word): declareMember(at: index, within: open.last)
            default: break
            }
        }
    }

    private mutating func declareType(at index: Int, within scope: Scope?) {
        let name = token(index + 1)
        scopes.insert(name)
        noteGenerics(from: index + 2)
        switch scope {
        case .none: declare(name, at: index)
        case .type(let outer), .addition(let outer): nested[outer, default: []].insert(name)
        case .body: ownNames.insert(name)
        }
        declareMember([name, name + "("], at: index, within: scope)
    }

    private mutating func declareMember(at index: Int, within scope: Scope?) {
        let name = token(index + 1)
        switch token(index) {
        case "func":
            noteGenerics(from: index + 2)
            if scope == .none { declare(name, at: index) }
            declareMember([name + "("], at: index, within: scope)
        case "case": declareMember([name, name + "("], at: index, within: scope)
        default: declareMember([name], at: index, within: scope)
        }
    }

    private mutating func declareMember(_ forms: Set<String>, at index: Int, within scope: Scope?) {
        switch scope {
        case .none: break
        case .body: ownNames.formUnion(forms)
        case .type, .addition:
            guard !isPrivate(at: index) else { return ownNames.formUnion(forms) }
            members.formUnion(forms)
            if case .addition(let type) = scope { extended[type, default: []].formUnion(forms) }
        }
    }

    private mutating func declare(_ name: String, at index: Int) {
        if isPrivate(at: index) { ownNames.insert(name) } else { declared.insert(name) }
    }

    /// Whether the modifiers in front of a keyword keep others from what it declares.
    private func isPrivate(at index: Int) -> Bool {
        tokens[..<index].reversed().prefix { Self.modifiers.contains($0) }.contains { Self.privacy.contains($0) }
    }

    /// Records the names between angle brackets that begin at a token, if there are any.
    private mutating func noteGenerics(from start: Int) {
        guard token(start) == "<" else { return }
        var nesting = 0
        for index in start..<tokens.count {
            if tokens[index] == "<" { nesting += 1 }
            if tokens[index] == ">" { nesting -= 1 }
            if nesting == 0 { return }
            if nesting == 1, index == start || tokens[index] == "," { ownNames.insert(token(index + 1)) }
        }
    }

    private mutating func readUses() {
        for (index, word) in tokens.enumerated() where SwiftLexer.isWord(word) {
            let isCalled = token(index + 1) == "("
            if token(index - 1) == "." {
                memberUses.insert(isCalled ? word + "(" : word)
            } else {
                words.insert(word)
                if isCalled { calls.insert(word) }
            }
        }
    }
}
