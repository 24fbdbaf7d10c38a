internal import Glibc
internal import Ledger

/// The time and memory of opening a ledger in a process that does nothing else: this program, started again.
struct OpenedLedger {
    let milliseconds: Double
    let anonymousByteCount: Int

    /// The argument that makes this program open a ledger and print time and memory.
    static let argument = "--open"

    /// Starts a process that opens the ledger.
    init(in directory: String) throws {
        let output = directory + ".opened"
        try ChildProgram.run(["/proc/self/exe", Self.argument, directory], standardOutput: output)
        let words = Machine.lines(of: output).joined(separator: " ").split(separator: " ")
        guard words.count == 2, let milliseconds = Double(words[0]), let kibibytes = Int(words[1]) else {
            throw Failure("opening \(directory) said \(words.joined(separator: " "))")
        }
        self.milliseconds = milliseconds
        anonymousByteCount = kibibytes << 10
    }

    /// Opens the ledger, and prints the milliseconds and the kibibytes of anonymous memory.
    static func measure(_ directory: String) throws {
        let watch = Stopwatch()
        let ledger = try Ledger(opening: directory)
        let milliseconds = watch.milliseconds
        let memory = Machine.lines(of: "/proc/self/status").first { $0.hasPrefix("RssAnon:") }
        print(milliseconds, memory?.split(separator: " ").dropFirst().first ?? "unknown")
        ledger.close()
    }
}
