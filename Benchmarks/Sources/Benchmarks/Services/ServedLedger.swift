internal import Glibc

/// `tradeledger serve`, at a port of this machine.
struct ServedLedger {
    let port: UInt16
    let program: RunningProgram
    /// From its start until it accepts appends.
    let startMilliseconds: Double

    private static let patience = 60.0

    /// Starts it on an existing ledger, and waits until it accepts appends; `processor` is the only one that it uses.
    private init(_ directory: String, onlyOn processor: Int?, _ setting: Setting) throws {
        let port = try Load.freePort()
        let serve = [setting.programPath, "serve", "--ledger", directory, "--listen", "127.0.0.1:\(port)"]
        let pinned = processor.map { ["/usr/bin/taskset", "--cpu-list", "\($0)"] } ?? []
        let options = ["--rate-limit", "10000000", "--log-level", "warning"]
        let watch = Stopwatch()
        let program = try RunningProgram(pinned + serve + options)
        do {
            try Self.wait(on: port, watch)
        } catch {
            try program.stop()
            throw error
        }
        startMilliseconds = watch.milliseconds
        (self.port, self.program) = (port, program)
    }

    private static func wait(on port: UInt16, _ watch: Stopwatch) throws {
        let question = Requests.get("/health/ready", count: 1)
        while true {
            do {
                _ = try Load([question], port: port)
                return
            } catch {
                guard watch.seconds < patience else { throw error }
                usleep(1000)
            }
        }
    }

    /// Starts it, uses it, and stops it.
    static func once<Value>(
        _ directory: String,
        onlyOn processor: Int? = nil,
        _ setting: Setting,
        _ body: (ServedLedger) throws -> Value
    ) throws -> Value {
        let service = try ServedLedger(directory, onlyOn: processor, setting)
        let result = Result { try body(service) }
        try service.program.stop()
        return try result.get()
    }

    /// Waits until it does nothing any more.
    func waitUntilIdle() throws {
        let watch = Stopwatch()
        var (last, current) = (-1.0, try program.processorMilliseconds())
        while current > last + 1 {
            guard watch.seconds < Self.patience * 10 else { throw Failure("tradeledger serve does not become idle") }
            sleep(1)
            (last, current) = (current, try program.processorMilliseconds())
        }
    }
}
