internal import CLedgerShims
internal import Glibc
public import TradeModel

/// Where the ledger gets the time and random numbers from; tests set their own.
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
