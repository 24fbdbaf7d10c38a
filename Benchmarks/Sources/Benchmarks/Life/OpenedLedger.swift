internal import Glibc
internal import Ledger

/// The time and memory of opening a ledger in a process that does nothing else: this program, started again.
struct OpenedLedger {
    let milliseconds: Double
    let anonymousByteCount: Int
    /// All memory that was resident at its peak, the program and mapped files included.
    let peakByteCount: Int

    /// The argument that makes this program open a ledger and print time and memory.
    static let argument = "--open"

    /// Starts a process that opens the ledger.
    init(in directory: String) throws {
        let output = directory + ".opened"
        try ChildProgram.run(["/proc/self/exe", Self.argument, directory], standardOutput: output)
        let words = Machine.lines(of: output).joined(separator: " ").split(separator: " ")
        guard words.count == 3, let milliseconds = Double(words[0]), let anonymous = Int(words[1]),
            let peak = Int(words[2])
        else {
            throw Failure("opening \(directory) said \(words.joined(separator: " "))")
        }
        self.milliseconds = milliseconds
        (anonymousByteCount, peakByteCount) = (anonymous << 10, peak << 10)
    }

    /// Opens the ledger, and prints the milliseconds and the kibibytes of anonymous memory and of the peak.
    static func measure(_ directory: String) throws {
        let watch = Stopwatch()
        let ledger = try Ledger(opening: directory)
        let milliseconds = watch.milliseconds
        let lines = Machine.lines(of: "/proc/self/status").map { $0.split(whereSeparator: \.isWhitespace) }
        let memory = ["RssAnon:", "VmHWM:"].map { name in lines.first { $0.first == name[...] }?[1] ?? "unknown" }
        print(milliseconds, memory[0], memory[1])
        ledger.close()
    }
}
