/// The declarations that nothing uses, judged by the texts of all sources.
///
/// A declaration counts as used if anything of its name is used. So every finding is dead, but a dead declaration that
/// shares its name may not be found.
struct DeadDeclarations {
    /// Names and labels that only other modules use.
    private static let usedFromOutside: Set<String> = [
        "customMirror",  // Printing a value reads it.
        "isRecursive", "provideScope",  // The test runner asks a trait for them.
        "arrayLiteral", "dictionaryLiteral", "stringLiteral",  // The compiler calls them for a literal.
    ]

    private var used: Set<String> = []
    private var passed: Set<String> = []
    private var calls: [String: Set<DeclaredNames.Call>] = [:]
    /// The names of types, properties and cases.
    private var values: Set<String> = []
    private let documented: Set<String>

    /// - Parameters:
    ///   - sources: every source that may use a declaration.
    ///   - pages: the pages that name the declarations for users of the library.
    init(usedBy sources: [DeclaredNames], documentedBy pages: [TextFile]) {
        documented = Set(pages.flatMap { $0.text.split { !$0.isLetter && !$0.isNumber }.map(String.init) })
        for source in sources {
            used.formUnion(source.used)
            passed.formUnion(source.passed)
            calls.merge(source.calls) { $0.union($1) }
            values.formUnion(source.declarations.filter { $0.signature == nil }.map(\.name))
        }
        // A type parameter or an alias may be any type.
        let aliases = calls.filter {
            $0.key == "init" || ($0.key.first?.isUppercase == true && !values.contains($0.key))
        }
        calls["init"] = aliases.values.reduce(into: []) { $0.formUnion($1) }
    }

    /// The unused declarations of a source, each with what to do.
    func problems(_ source: DeclaredNames) -> [String] {
        source.declarations.filter { !isUsed($0) }.map { declaration in
            let labels = declaration.signature.map { "(\($0.required.sorted().map { "\($0):" }.joined()))" } ?? ""
            let name = declaration.isInitializer ? "\(declaration.name).init" : declaration.name
            return "\(source.file.path): nothing uses \(name)\(labels); delete it"
        }
    }

    private func isUsed(_ declaration: DeclaredNames.Declaration) -> Bool {
        let name = declaration.name
        if Self.usedFromOutside.contains(name) || (declaration.isPublic && documented.contains(name)) { return true }
        guard let signature = declaration.signature else { return used.contains(name) }
        guard Self.usedFromOutside.isDisjoint(with: signature.required) else { return true }
        if declaration.isInitializer {
            return calls[name, default: []].union(calls["init", default: []]).contains(where: signature.accepts)
        }
        // Without parentheses the name means the property, if there is one of that name.
        let mayBePassed = signature.required.isEmpty || !values.contains(name)
        return (mayBePassed && passed.contains(name)) || calls[name, default: []].contains(where: signature.accepts)
    }
}
