internal import CLedgerShims
internal import Glibc
public import TradeModel

/// The source of time and random numbers; tests provide their own.
public struct LedgerClock: Sendable {
    /// The current time.
    public let now: @Sendable () -> Timestamp
    /// 128 random bits, for event ids.
    let random: @Sendable () -> (UInt64, UInt64)

    /// A clock from its parts.
    public init(now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> (UInt64, UInt64)) {
        self.now = now
        self.random = random
    }

    /// The time if an event can be recorded at it; for a time before 1970, the time of the last event is used.
    func recordingTime() throws(LedgerError) -> Timestamp {
        let time = now()
        guard time <= .max else {
            throw LedgerError(
                .unusable,
                "the system clock says \(time), and no event can be recorded after the year 9999",
                remedy: "set the clock of this machine, then send the events again"
            )
        }
        return max(time, .min)
    }

    /// The system's clock, microseconds, and the system's random numbers.
    public static let system = LedgerClock(
        now: {
            var time = timespec()
            _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        },
        random: {
            var bits: (UInt64, UInt64) = (0, 0)
            unsafe withUnsafeMutableBytes(of: &bits) { unsafe ledger_random_16_bytes($0.baseAddress) }
            return bits
        }
    )
}
