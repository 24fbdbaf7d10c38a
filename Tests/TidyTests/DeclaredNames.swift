/// What one source declares and uses, by name, judged by its text.
struct DeclaredNames {
    /// Something that a source declares for others or for itself.
    struct Declaration: Equatable {
        /// The name that callers write; for an initializer that of its type.
        let name: String
        let isPublic: Bool
        /// The parameters, where it is a function or an initializer.
        var signature: Signature?
        var isInitializer = false
    }

    /// The labels of parameters.
    struct Signature: Hashable {
        /// The labels that every call gives.
        var required: Set<String> = []
        /// The labels that a call may leave out, because there is a default or a trailing closure.
        var optional: Set<String> = []

        func accepts(_ call: Call) -> Bool {
            let missing = required.subtracting(call.labels)
            return missing.count <= (call.hasTrailingClosure ? 1 : 0)
                && call.labels.isSubset(of: required.union(optional))
        }
    }

    /// The labels of a call.
    struct Call: Hashable {
        var labels: Set<String> = []
        var hasTrailingClosure = false
    }

    let file: TextFile
    private(set) var declarations: [Declaration] = []
    /// The names that are read: not those of declarations, parameters, labels and assignments in initializers.
    private(set) var used: Set<String> = []
    /// Those of them without parentheses, so that a function is passed on.
    private(set) var passed: Set<String> = []
    /// The calls, by the name that is called.
    private(set) var calls: [String: Set<Call>] = [:]

    private let tokens: [String]
    /// The index of the name of a declaration.
    private var declaredAt: Set<Int> = []
    /// The index at which the parentheses of parameters begin.
    private var parametersAt: Set<Int> = []

    /// What a brace opens.
    private enum Scope {
        /// Cases must be named if nothing else creates them.
        case enumeration(String, casesNeedNames: Bool, isPublic: Bool)
        case type(String)
        case body

        var name: String? {
            switch self {
            case .enumeration(let name, _, _), .type(let name): name
            case .body: nil
            }
        }
    }

    private static let typeKeywords: Set<String> = [
        "actor", "associatedtype", "class", "enum", "protocol", "struct", "typealias",
    ]
    private static let memberKeywords: Set<String> = ["func", "let", "var"]
    /// An enumeration with one of these conformances creates its cases from raw values, or lists them all.
    private static let namelessMakers: Set<String> = [
        "CaseIterable", "Character", "CodingKey", "Int", "Int16", "Int32", "Int64", "Int8", "String", "UInt", "UInt16",
        "UInt32", "UInt64", "UInt8",
    ]

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
            case _ where token(index - 1) == "." || token(index - 1) == "import": break
            case "init":
                guard let name = open.last?.name else { break }
                let signature = readParameters(from: index + 1)
                let isPublic = isPublic(at: index)
                declarations.append(
                    Declaration(name: name, isPublic: isPublic, signature: signature, isInitializer: true)
                )
            case "subscript": _ = readParameters(from: index + 1)
            case "case":
                guard case .enumeration(_, let casesNeedNames, let isPublic)? = open.last else { break }
                readCases(from: index + 1, areJudged: casesNeedNames, isPublic: isPublic)
            case _ where !SwiftLexer.isWord(token(index + 1)) || Self.memberKeywords.contains(token(index + 1)): break
            case "extension": next = .type(lastName(of: index + 1))
            case _ where Self.typeKeywords.contains(word):
                // The system calls what is marked with @main.
                if token(index - 1) != "main" { declare(index + 1, isPublic: isPublic(at: index)) }
                next = scope(ofTypeAt: index) ?? next
            case "func":
                declare(index + 1, isPublic: isPublic(at: index), signature: readParameters(from: index + 2))
            case _ where Self.memberKeywords.contains(word): declare(index + 1, isPublic: isPublic(at: index))
            default: break
            }
        }
    }

    private mutating func declare(_ index: Int, isPublic: Bool, signature: Signature? = nil) {
        declaredAt.insert(index)
        declarations.append(Declaration(name: token(index), isPublic: isPublic, signature: signature))
    }

    /// The last word of a name such as `Ledger.Event`.
    private func lastName(of start: Int) -> String {
        var index = start
        while token(index + 1) == ".", SwiftLexer.isWord(token(index + 2)) { index += 2 }
        return token(index)
    }

    private func scope(ofTypeAt index: Int) -> Scope? {
        switch tokens[index] {
        case "associatedtype", "typealias": nil
        case "enum":
            .enumeration(
                token(index + 1),
                casesNeedNames: Self.namelessMakers.isDisjoint(with: tokens[index...].prefix { $0 != "{" }),
                isPublic: isPublic(at: index)
            )
        default: .type(token(index + 1))
        }
    }

    private func isPublic(at index: Int) -> Bool {
        tokens[..<index].reversed().prefix { SwiftLexer.isWord($0) || "()".contains($0) }.prefix(8).contains("public")
    }

    private mutating func readCases(from start: Int, areJudged: Bool, isPublic: Bool) {
        var index = start
        while SwiftLexer.isWord(token(index)) {
            if areJudged { declare(index, isPublic: isPublic) }
            index += 1
            if token(index) == "(" {
                parametersAt.insert(index)
                index = end(of: index) + 1
            }
            guard token(index) == "," else { return }
            index += 1
        }
    }

    private mutating func readParameters(from start: Int) -> Signature {
        var index = start
        while ["?", "!"].contains(token(index)) { index += 1 }
        if token(index) == "<" { index = end(of: index) + 1 }
        guard token(index) == "(" else { return Signature() }
        parametersAt.insert(index)
        var signature = Signature()
        let last = end(of: index)
        while index < last {
            let first = index + 1
            index = first
            while index < last, token(index) != "," { index = end(of: index) + 1 }
            guard first < last, token(first) != "_", SwiftLexer.isWord(token(first)) else { continue }
            let parameter = tokens[first..<min(index, tokens.count)]
            let isClosure = parameter.indices.contains { tokens[$0] == ">" && tokens[$0 - 1] == "-" }
            if isClosure || parameter.contains("=") {
                signature.optional.insert(token(first))
            } else {
                signature.required.insert(token(first))
            }
        }
        return signature
    }

    /// The index at which the bracket that begins at a token ends, or the token itself if it is not a bracket.
    private func end(of start: Int) -> Int {
        var open: [String] = []
        for index in start..<tokens.count {
            switch tokens[index] {
            case "(", "[", "{", "<": open.append(tokens[index])
            case ")", "]", "}":
                // The token was the sign of a comparison or of a shift, not a bracket.
                while open.last == "<" { open.removeLast() }
                guard open.popLast() != nil else { return start }
            case ">" where tokens[index - 1] != "-" && open.last == "<": open.removeLast()
            default: break
            }
            if open.isEmpty { return index }
        }
        return tokens.count
    }

    private mutating func readUses() {
        /// The open brackets: the called name, and the labels so far.
        var open: [(bracket: String, callee: String?, labels: Set<String>)] = []
        for (index, word) in tokens.enumerated() {
            switch word {
            case "(": open.append((word, callee(ofBracketAt: index), []))
            case "[", "{": open.append((word, nil, []))
            case ")", "]", "}":
                guard let closed = open.popLast(), let callee = closed.callee else { break }
                let call = Call(labels: closed.labels, hasTrailingClosure: token(index + 1) == "{")
                calls[callee, default: []].insert(call)
            case _ where !SwiftLexer.isWord(word) || declaredAt.contains(index): break
            case _ where open.last?.bracket == "(" && isLabel(index):
                if word != "_" { open[open.count - 1].labels.insert(word) }
            case _ where isAssigned(index): break
            default: noteUse(index)
            }
        }
    }

    private mutating func noteUse(_ index: Int) {
        used.insert(tokens[index])
        switch token(index + 1) {
        case "(": break
        case "{":
            if !isType(index) { calls[tokens[index], default: []].insert(Call(hasTrailingClosure: true)) }
        default: passed.insert(tokens[index])
        }
    }

    /// Whether a word before a brace is a return type, an extended type or a conformance.
    private func isType(_ index: Int) -> Bool {
        var first = index
        while token(first - 1) == "." { first -= 2 }
        return [">", ":", ",", "&", "extension"].contains(token(first - 1))
    }

    /// The name that is called with the parentheses at a token; nil if they belong to a declaration.
    private func callee(ofBracketAt index: Int) -> String? {
        guard !parametersAt.contains(index) else { return nil }
        var last = index - 1
        while ["?", "!"].contains(token(last)) { last -= 1 }
        if token(last) == ">" {
            var nesting = 0
            repeat {
                nesting += token(last) == ">" ? 1 : token(last) == "<" ? -1 : 0
                last -= 1
            } while nesting > 0 && last >= 0
        }
        return SwiftLexer.isWord(token(last)) ? token(last) : nil
    }

    /// Whether a word in parentheses is the label of an argument, or a name of a parameter.
    private func isLabel(_ index: Int) -> Bool {
        guard token(index + 1) == ":" else { return isFirstOfTwoNames(index) }
        return ["(", ",", ":"].contains(token(index - 1)) || isFirstOfTwoNames(index - 1)
    }

    /// Whether a word is the label of a parameter that has another name within its function.
    private func isFirstOfTwoNames(_ index: Int) -> Bool {
        SwiftLexer.isWord(token(index)) && SwiftLexer.isWord(token(index + 1)) && token(index + 2) == ":"
            && ["(", ","].contains(token(index - 1))
    }

    /// Whether a word is in `self.word = word`.
    private func isAssigned(_ index: Int) -> Bool {
        func isTarget(_ index: Int) -> Bool {
            token(index - 2) == "self" && token(index - 1) == "." && token(index + 1) == "=" && token(index + 2) != "="
        }
        return isTarget(index) || (token(index) == token(index - 2) && isTarget(index - 2))
    }
}
