/// The order of the folders of each module, as `ARCHITECTURE.md` lists them.
struct FolderOrder {
    /// The entry in the list for the files outside of any folder.
    static let root = "."

    /// The folders of each module; each may use only those before it.
    let folders: [String: [String]]

    /// Reads the tables of the chapter "Folders", one for each module.
    init(_ document: TextFile) {
        var folders: [String: [String]] = [:]
        var module: String?
        let chapter = document.lines.drop { $0 != "## Folders" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        for line in chapter where line.hasPrefix("### `") || line.hasPrefix("| `") {
            let name = String(line.split(separator: "`")[1])
            if line.hasPrefix("#") {
                module = name
            } else if let module {
                folders[module, default: []].append(name)
            }
        }
        self.folders = folders
    }

    /// What is wrong with the folders of a module, each as the file or folder and the rule that it breaks.
    func problems(_ sources: [SourceNames], of module: String) -> [String] {
        let order = folders[module, default: []]
        let found = Set(sources.filter { $0.file.target == module }.map { Self.folder($0.file) })
        let unlisted = found.subtracting(order).sorted().map {
            "Sources/\(module)/\($0) is not in ARCHITECTURE.md; list it after the folders that it uses"
        }
        let empty = order.filter { !found.contains($0) }.map {
            "Sources/\(module)/\($0) has no source; take it from the list in ARCHITECTURE.md"
        }
        let broken = ModuleUses(of: module, in: sources).uses.compactMap { use -> String? in
            let (user, owner) = (Self.folder(use.file), Self.folder(use.declaration))
            guard let userPlace = order.firstIndex(of: user), let ownerPlace = order.firstIndex(of: owner),
                ownerPlace > userPlace
            else { return nil }
            return "\(use.file.path) names \(use.name) of \(owner), which comes after \(user) in ARCHITECTURE.md; "
                + "a folder may use only those above it"
        }
        return unlisted + empty + broken
    }

    /// The folder that a source is in: the part of its path after the module.
    private static func folder(_ file: TextFile) -> String {
        let parts = file.path.split(separator: "/")
        return parts.count > 3 ? String(parts[2]) : root
    }
}

/// Which source of a module uses declarations of another one, judged by their texts.
///
/// A type counts as used if its name occurs alone. A member that an extension adds to a type of another file counts as
/// used if it occurs after a dot, and if no other source declares a member of that name. Other uses, such as a call of
/// a method of an inferred type, do not show the owner, and are not found.
struct ModuleUses {
    struct Use {
        let file: TextFile
        /// What is used; a member with its type.
        let name: String
        let declaration: TextFile
    }

    private typealias Declaration = (name: String, file: TextFile)

    private(set) var uses: [Use] = []
    /// Where each type and function of the module is declared.
    private var declared: [String: Declaration] = [:]
    /// Where each member is declared that an extension in another file adds.
    private var added: [String: Declaration] = [:]
    private var nested: [String: Set<String>] = [:]

    init(of module: String, in sources: [SourceNames]) {
        var counts: [String: Int] = [:]
        for source in sources {
            for member in source.members { counts[member, default: 0] += 1 }
        }
        let own = sources.filter { $0.file.target == module }
        for source in own {
            for name in source.declared { declared[name] = (name, source.file) }
            for (type, members) in source.extended where !source.declared.contains(type) {
                for member in members where counts[member] == 1 {
                    let name = member.prefix { $0 != "(" }
                    added[member] = ("\(type).\(name)", source.file)
                }
            }
            nested.merge(source.nested) { $0.union($1) }
        }
        for source in own {
            for declaration in declarations(usedIn: source) where declaration.file.path != source.file.path {
                uses.append(Use(file: source.file, name: declaration.name, declaration: declaration.file))
            }
        }
    }

    /// What a source uses, by name.
    private func declarations(usedIn source: SourceNames) -> [Declaration] {
        // Within a type the names of the types in it come first.
        let hidden = source.scopes.reduce(source.ownNames) { $0.union(nested[$1, default: []]) }
        let own = source.members.union(source.ownNames)
        let functions = source.calls.filter { !own.contains($0 + "(") }
        let types = source.words.filter { $0.first?.isUppercase == true }
        let alone = functions.union(types).subtracting(hidden).compactMap { declared[$0] }
        let members = source.memberUses.subtracting(source.ownNames).compactMap { added[$0] }
        return (alone + members).sorted { $0.name < $1.name }
    }
}
