import Testing

/// What each target may import, as the table of `ARCHITECTURE.md` says.
private struct Arrows {
    private static let system: Set<String> = ["Glibc", "Synchronization"]

    /// The targets with what each may depend on.
    let targets: [String: Set<String>]

    init(_ document: TextFile) {
        var targets: [String: Set<String>] = [:]
        for line in document.lines where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.split(separator: "`") }
            guard cells.count == 3, cells[0].count > 1 else { continue }
            let names = cells[2].filter { $0.allSatisfy { $0.isLetter || $0.isNumber } }
            targets[String(cells[0][1])] = Set(names.map(String.init))
        }
        self.targets = targets
    }

    /// The imports of a source that its target may not have, each as `line: what to do instead`.
    func problems(_ file: TextFile, target: String) -> [String] {
        guard let allowed = targets[target] else { return ["1: \(target) is missing in the table of ARCHITECTURE.md"] }
        // Targets that only tests link may name traits.
        let granted = Self.system.union(target.hasSuffix("TestSupport") ? ["Testing"] : []).union(allowed)
        return file.lines.enumerated().compactMap { index, line in
            guard let module = Self.importedModule(line), !granted.contains(module) else { return nil }
            return "\(index + 1): \(target) may not import \(module); move the code to a target that may, "
                + "see ARCHITECTURE.md"
        }
    }

    private static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count else { return nil }
        guard words[..<index].allSatisfy({ $0.hasPrefix("@") || ["public", "package", "internal"].contains($0) })
        else { return nil }
        return String(words[index + 1])
    }
}

@Suite struct `The arrows between targets` {
    private let arrows: Arrows

    init() throws { arrows = Arrows(try Repository.file("ARCHITECTURE.md")) }

    @Test func `are kept by every import`() throws {
        let problems = try Repository.files(in: ["Sources", "Tests/Support", "schema"], extensions: ["swift"]).flatMap {
            file in
            let target = file.path.hasPrefix("schema/") ? "LedgerSchema" : file.target
            return arrows.problems(file, target: target).map { "\(file.path):\($0)" }
        }
        for problem in problems { Issue.record("\(problem)") }
    }

    @Test func `are those of the manifest`() throws {
        let manifest = try Repository.file("Package.swift").text
        let declaration =
            #/
            \.(?:executableTarget|systemLibrary|target)\( \s* name:\s"(\w+)" ,?
            (?:\s* dependencies:\s\[ ([^\]]*) \])?
            /#
        var declared: [String: Set<String>] = [:]
        for match in manifest.matches(of: declaration) {
            let names = (match.output.2 ?? "").split(separator: "\"")
                .filter { $0.allSatisfy { $0.isLetter || $0.isNumber } }
            declared[String(match.output.1)] = Set(names.map(String.init))
        }
        #expect(declared == arrows.targets, "mend the table of ARCHITECTURE.md, or Package.swift")
    }

    @Test(arguments: ["import CPQ", "public import Replication", "internal import Foundation"])
    func `would be found to be broken`(line: String) {
        let file = TextFile(path: "Sources/Ledger/Example.swift", text: line)
        #expect(arrows.problems(file, target: "Ledger").count == 1)
    }
}
