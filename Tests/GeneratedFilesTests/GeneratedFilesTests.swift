import FoundationEssentials
import GeneratedFiles
import Testing

@Suite struct `A generated file` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: GeneratedFile.all.map(\.path))
    func `matches the declarations`(_ path: String) throws {
        let file = try #require(GeneratedFile.all.first { $0.path == path })
        let present = String(decoding: try Data(contentsOf: Self.root.appending(path: path)), as: UTF8.self)
        #expect(try present == file.text(replacing: present), "\(path) is not up to date: run tools/generate")
    }

    @Test func `without the lines that enclose a section is refused`() throws {
        let file = try #require(GeneratedFile.all.first { $0.path == "schema/segment-format.md" })
        #expect(throws: GeneratedFile.MissingSection.self) { try file.text(replacing: "# The format\n") }
    }

    @Test func `keeps the text outside of its sections`() throws {
        let file = try #require(GeneratedFile.all.first { $0.path == "docs/sql.md" })
        let text = try file.text(
            replacing: """
                before
                <!-- generated: columns of trade_history -->
                outdated
                <!-- end of columns of trade_history -->
                after

                """
        )
        #expect(text.hasPrefix("before\n<!-- generated") && text.hasSuffix("-->\nafter\n"))
        #expect(text.contains("| `trade_id` |") && !text.contains("outdated"))
    }
}
