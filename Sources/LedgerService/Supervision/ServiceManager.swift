/// What systemd asks of a service in the environment (sd_notify(3), sd_watchdog_enabled(3)).
package struct ServiceManager: Equatable, Sendable {
    /// The address of the socket that takes notes on the service's state.
    package enum Address: Equatable, Sendable {
        /// A path in the file system.
        case path(String)
        /// A name in the abstract namespace, without the `@` before it.
        case abstract(String)
    }

    /// Where the service reports its state; nil where nobody wants to know.
    package let address: Address?
    /// How often the service must show that it works: half of the time after which systemd ends it; nil where it need
    /// not.
    package let watchdogPeriod: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///
    /// The watchdog of another process is not ours. Throws for a value that systemd would not set.
    package init(environment: (String) -> String?, pid: Int32) throws(ServiceError) {
        address = try environment("NOTIFY_SOCKET").map { text throws(ServiceError) in try Self.address(text) }
        var period: Duration?
        if address != nil, let text = environment("WATCHDOG_USEC") {
            let isOurs = try environment("WATCHDOG_PID").map { owner throws(ServiceError) in
                try Self.number("WATCHDOG_PID", owner, upTo: Int64(Int32.max)) == Int64(pid)
            }
            if isOurs ?? true {
                period = .microseconds(try Self.number("WATCHDOG_USEC", text, upTo: .max / 1_000_000) / 2)
            }
        }
        watchdogPeriod = period
    }

    private static func address(_ text: String) throws(ServiceError) -> Address {
        guard text.utf8.count > 1, !text.utf8.contains(0) else { throw invalid("NOTIFY_SOCKET", text) }
        switch text.utf8.first {
        case UInt8(ascii: "/"): return .path(text)
        case UInt8(ascii: "@"): return .abstract(String(text.dropFirst()))
        default: throw invalid("NOTIFY_SOCKET", text)
        }
    }

    private static func number(_ name: String, _ text: String, upTo limit: Int64) throws(ServiceError) -> Int64 {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text), 1...limit ~= number
        else { throw invalid(name, text) }
        return number
    }

    private static func invalid(_ name: String, _ text: String) -> ServiceError {
        ServiceError("\(name)=\(text) is not a value that systemd sets; unset it")
    }
}
