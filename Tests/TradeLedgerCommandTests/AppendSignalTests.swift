import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command append and signals` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    @Test(arguments: ["pipe", "socket"])
    func `accepts the trades that a bot closes after its Ctrl-C`(_ channel: String) throws {
        let bot = try python(Self.bot, channel, EventText.opened("a"), EventText.closed("a"))
        #expect(bot.ending == .exit(0), "\(bot.stderr)")
        try #require(bot.lines.count == 4, "\(bot.lines)")
        #expect(try jsonObject(bot.lines[0])["sequence"] == .integer(1))
        #expect(bot.lines[1].contains("reading standard input to its end"))
        #expect(try jsonObject(bot.lines[2])["sequence"] == .integer(2))
        #expect(bot.lines[3] == "append ended with 0")
        #expect(try ledger.run("trades", "--open").stdout.isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `reads a pipe to its end after a signal`(_ signal: Int32) throws {
        let process = try started()
        // All of it is there when the process runs again: the signal, the close, and the end.
        try process.send(SIGSTOP)
        try process.send(signal)
        try process.write(EventText.closed("a") + "\n")
        process.closeInput()
        try process.send(SIGCONT)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0))
        #expect(try outcome.lines.map { try jsonObject($0)["sequence"] } == [.integer(2)])
        #expect(outcome.messages.last == "tradeledger: 2 appended, 0 duplicates, 0 rejected")
    }

    @Test func `waits for the end of a silent pipe for a limited time after SIGTERM, and appends no half line`() throws
    {
        let process = try started()
        try process.write(#"{"type":"#)
        try process.send(SIGTERM)
        #expect(try process.readLine() == nil)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0))
        #expect(outcome.stderr.contains("did not end within 5 s"))
        #expect(outcome.stderr.contains("the last line was incomplete, so its 8 bytes were not appended"))
        #expect(outcome.messages.last == "tradeledger: 1 appended, 0 duplicates, 0 rejected")
        #expect(try ledger.run("rejected").stdout.isEmpty)
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    @Test func `reads a pipe whose writer never pauses for a limited time after SIGTERM`() throws {
        _ = try ledger.file("event", EventText.opened("a") + "\n")
        let process = try ledger.startShell(
            #"mkfifo "$D/pipe"; (while /bin/cat "$D/event"; do :; done) > "$D/pipe" & exec "$T" append "$D/pipe""#
        )
        #expect(try process.readLine() != nil)
        try process.send(SIGTERM)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0))
        #expect(outcome.lines.allSatisfy { $0.hasPrefix(#"{"status":"duplicate","sequence":1,"#) })
        #expect(outcome.stderr.contains("did not end within 5 s"))
    }

    @Test(arguments: [SIGINT, SIGTERM], [SIGINT, SIGTERM])
    func `ends at once on a second signal, after acknowledging what it read`(_ first: Int32, _ second: Int32) throws {
        let lines = EventText.identified(2000, seed: 51)
        _ = try ledger.file("events.ndjson", lines.map { $0 + "\n" }.joined())
        // The writer ends when its reader does, and messages of append are among the acknowledgements.
        let process = try ledger.startShell(
            #"""
            mkfifo "$D/pipe"; (while cat "$D/events.ndjson"; do :; done) > "$D/pipe" &
            exec "$T" append "$D/pipe" 2>&1
            """#
        )
        #expect(try process.readLine() != nil)
        try process.send(first)
        let appended = #"{"status":"appended""#
        var acknowledged = 1
        while let line = try process.readLine(), !line.contains("/pipe to its end") {
            if line.hasPrefix(appended) { acknowledged += 1 }
        }
        try process.send(second)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0))
        acknowledged += outcome.lines.count { $0.hasPrefix(appended) }
        #expect(outcome.messages.isEmpty && outcome.lines.last?.contains("\(acknowledged) appended") == true)
        #expect(try ledger.events().count == acknowledged)
    }

    @Test(arguments: [[SIGTERM], [SIGINT, SIGTERM]])
    func `ends although nobody reads its acknowledgements`(_ signals: [Int32]) throws {
        let lines = EventText.identified(2000, seed: 52)
        _ = try ledger.file("events.ndjson", lines.map { $0 + "\n" }.joined())
        // The shell and the program after it keep the reading end open and read nothing.
        let process = try ledger.startShell(
            #"""
            mkfifo "$D/pipe" "$D/answers"; exec 3<>"$D/answers"
            (while cat "$D/events.ndjson"; do :; done) > "$D/pipe" &
            exec "$T" append "$D/pipe" > "$D/answers"
            """#
        )
        // More acknowledgements than a pipe holds.
        while try ledger.events().count < 700 {}
        for signal in signals { try process.send(signal) }
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.stderr.contains("stdout was not read, so acknowledgements were lost"))
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    @Test func `does not wait for the database after a second signal`() throws {
        let process = try ledger.start(["append", "--ack", "database", "--ack-timeout", "86400"])
        try process.write(EventText.opened("a") + "\n")
        while try ledger.events().isEmpty {}
        try process.send(SIGINT)
        try process.send(SIGTERM)
        let answer = try jsonObject(try #require(try process.readLine()))
        #expect(answer["sequence"] == .integer(1) && answer["replicated"] == .bool(false))
        #expect(try process.finish().ending == .exit(0))
    }

    @Test(arguments: ["\u{4}", "\u{3}"])
    func `says on a terminal what it reads and how to end it, and ends on Ctrl-D`(_ end: String) throws {
        let outcome = try python(Self.terminal, EventText.opened("a"), end)
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.stdout.contains("reading standard input"))
        #expect(outcome.stdout.contains(#"{"status":"appended","sequence":1,"#))
        #expect(outcome.stdout.contains("1 appended, 0 duplicates, 0 rejected"))
        #expect(outcome.lines.last == "append ended with 0")
    }

    /// An append on a pipe that has acknowledged one event.
    private func started() throws -> ChildProcess {
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("a") + "\n")
        #expect(try process.readLine() != nil)
        return process
    }

    /// Runs a script that finds the program in its first argument.
    private func python(_ script: String, _ arguments: String...) throws -> ChildProcess.Outcome {
        let words = ["-c", script, CommandLedger.program] + arguments
        let variables = ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": ledger.path]
        return try ChildProcess("/usr/bin/python3", words, environment: variables, input: .bytes([])).finish()
    }

    /// A bot in one process group with its co-process, so that Ctrl-C reaches both.
    private static let bot = """
        import os, signal, socket, subprocess, sys
        program, channel, opened, closed = sys.argv[1:]
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if channel == "socket":
            own, other = socket.socketpair()
            writer = own.makefile("w")
            end = lambda: own.shutdown(socket.SHUT_WR)
        else:
            other, own = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), "rw"))
            writer = own
            end = own.close
        ledger = subprocess.Popen(
            [program, "append"], stdin=other, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        other.close()

        def record(line):
            print(line, file=writer, flush=True)
            print(ledger.stdout.readline(), end="")

        record(opened)
        try:
            os.killpg(0, signal.SIGINT)
            signal.pause()
        except KeyboardInterrupt:
            # The co-process has got the signal too, and has done what it does then.
            print(ledger.stderr.readline(), end="")
            record(closed)
        end()
        print("append ended with", ledger.wait())
        """

    /// A person at a terminal.
    private static let terminal = """
        import os, pty, signal, sys
        program, event, end = sys.argv[1:]
        signal.alarm(60)
        child, terminal = pty.fork()
        if child == 0:
            os.execv(program, [program, "append"])
        shown = b""

        def wait_for(word):
            global shown
            while word not in shown:
                shown += os.read(terminal, 4096)

        wait_for(b"Ctrl-D")
        os.write(terminal, event.encode() + b"\\n")
        wait_for(b'"status":"appended"')
        os.write(terminal, end.encode())
        wait_for(b"rejected")
        _, status = os.waitpid(child, 0)
        print(shown.decode())
        print("append ended with", os.waitstatus_to_exitcode(status))
        """
}
