internal import Glibc
internal import TradeModel

/// `tradeledger append` as a co-process of a trading program: reads one line per event, and answers once it is durable.
final class AppendProgram {
    private let process: pid_t
    private let input: Int32
    private let output: Int32

    /// Starts it on an existing ledger.
    init(_ programPath: String, ledgerDirectory: String) throws {
        let (childInput, input) = try Self.pipe()
        let (output, childOutput) = try Self.pipe()
        process = try ChildProgram.start(
            [programPath, "append", "--format", "json", "--log-level", "warning", "--ledger", ledgerDirectory],
            standardInput: childInput,
            standardOutput: childOutput
        )
        close(childInput)
        close(childOutput)
        (self.input, self.output) = (input, output)
    }

    /// Appends an event, and waits until it is acknowledged.
    func append(_ draft: EventDraft) throws {
        var line: [UInt8] = []
        EventJSON.write(draft, into: &line)
        line.append(UInt8(ascii: "\n"))
        guard unsafe write(input, line, line.count) == line.count else {
            throw SystemFailure("write to", "tradeledger append", errno)
        }
        let answer = try readLine()
        guard answer.contains(#""status":"appended""#) else { throw Failure("tradeledger append answered \(answer)") }
    }

    /// Ends its input, and waits until it has ended.
    func stop() throws {
        close(input)
        let status = try ChildProgram.wait(for: process)
        close(output)
        guard status == 0 else { throw Failure("tradeledger append ended with wait status \(status)") }
    }

    private func readLine() throws -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.last != UInt8(ascii: "\n") {
            let count = unsafe read(output, &chunk, chunk.count)
            guard count > 0 else { throw SystemFailure("read from", "tradeledger append", errno) }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The reading end and the writing end, which no child inherits.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw SystemFailure("make", "a pipe", errno) }
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 {
            throw SystemFailure("keep from children", "a pipe", errno)
        }
        return (ends[0], ends[1])
    }
}
