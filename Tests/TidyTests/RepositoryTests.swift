import Testing

@Suite struct `The repository` {
    @Test func `numbers its migrations without a gap and lists each`() throws {
        let folder = "schema/migrations"
        let files = try Repository.paths(in: folder).map { String($0.dropFirst(folder.count + 1)) }
        let manifest = try Repository.file("Package.swift").text
        let list = try Repository.file("schema/Schema.swift").text
        #expect(!files.isEmpty)
        for (index, file) in files.enumerated() {
            let name = file.dropFirst(4).dropLast(4)
            #expect(Int(file.prefix(3)) == index + 1, "\(file): give it the next number, \(index + 1)")
            let resource = ".embedInCode(\"migrations/\(file)\")"
            #expect(manifest.contains(resource), "add \(file) to the resources in Package.swift")
            #expect(
                list.contains("Migration(number: \(index + 1), name: \"\(name)\""),
                "add \(file) to Schema.migrations in schema/Schema.swift"
            )
        }
    }

    @Test func `describes each fixture`() throws {
        let fixtures = try Repository.paths(in: "fixtures").map { String($0.dropFirst("fixtures/".count)) }
        let list = try fixtures.isEmpty ? "" : Repository.file("fixtures/README.md").text
        for fixture in fixtures where fixture != "README.md" {
            // The names of the fuzzers' inputs are hashes, so the page names their folder.
            let folder = fixture.split(separator: "/").dropLast().map { $0 + "/" }.joined()
            #expect(
                list.contains("`\(fixture)`") || (fixture.hasPrefix("fuzz/") && list.contains("`\(folder)`")),
                "name `\(fixture)` in fixtures/README.md, or delete it"
            )
        }
    }

    @Test func `shows a newcomer the two commands`() throws {
        let readme = try Repository.file("README.md").text
        for command in ["tools/run", "tools/test"] {
            #expect(readme.contains("\n\(command)"), "README.md: show \(command) among the first commands")
        }
    }

    @Test func `has scripts that can be run`() throws {
        let scripts = try Repository.paths(in: "tools") + [".ci/run"]
        for script in scripts where try Repository.file(script).text.hasPrefix("#!") {
            #expect(Repository.isExecutable(script), "chmod +x \(script)")
        }
        #expect(scripts.contains("tools/check"))
    }

    @Test func `links only to files that exist`() throws {
        let documents =
            try Repository.paths(in: "docs").filter { $0.hasSuffix(".md") } + [
                "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
            ]
        for path in documents {
            let folder = path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
            for match in try Repository.file(path).text.matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/) {
                let target = folder + String(match.output.1)
                #expect(Repository.exists(target), "\(path): there is no \(target)")
            }
        }
    }
}
