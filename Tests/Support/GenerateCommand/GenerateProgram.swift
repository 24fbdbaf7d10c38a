import GeneratedFiles

/// Without an argument, prints the paths of the generated files.
///
/// With one, reads that file from standard input and prints what it should be.
@main
struct GenerateProgram {
    static func main() throws {
        guard CommandLine.arguments.count > 1 else {
            for file in GeneratedFile.all { print(file.path) }
            return
        }
        guard let file = GeneratedFile.all.first(where: { $0.path == CommandLine.arguments[1] }) else {
            preconditionFailure("tools/generate asks for the paths that were printed")
        }
        var present = ""
        while let line = readLine(strippingNewline: false) { present += line }
        print(try file.text(replacing: present), terminator: "")
    }
}
