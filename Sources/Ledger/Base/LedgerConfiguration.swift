internal import CLedgerShims
internal import Glibc
public import TradeModel

/// The sizes and times that a writer works with.
public struct LedgerConfiguration: Hashable, Sendable {
    /// Bytes of one segment: 64 KiB to 1 GiB; 8 MiB unless given.
    ///
    /// A fresh ledger takes two of them, and an eighth of one for rejected events once it is open.
    public let segmentByteCount: Int
    /// Idle time after the last commit, in milliseconds, before an empty frame asserts that it is durable.
    public let idleMilliseconds: Int
    /// The largest payload of a frame, in bytes: a batch that is appended atomically must fit into it.
    public var framePayloadByteCountMax: Int { segmentByteCount - Self.segmentOverheadByteCount }

    /// Bytes that are reserved for events that are rejected once the disk is full.
    var rejectedReserveByteCount: Int { segmentByteCount / 8 }

    /// Bytes of the plain segment in a block of a sealed one, unless a frame is longer; nil: nothing is sealed.
    ///
    /// See `docs/benchmarks.md` for the results with other sizes.
    package var sealedBlockByteCount: Int? = 64 << 10

    static let segmentByteCountRange = (64 << 10)...(1 << 30)
    /// File header and frame header, and padding.
    private static let segmentOverheadByteCount = 256

    /// A configuration whose segments are of any size, for a simulation that is to fill many of them.
    package init(simulatedSegmentByteCount: Int, sealedBlockByteCount: Int?) {
        segmentByteCount = simulatedSegmentByteCount
        self.sealedBlockByteCount = sealedBlockByteCount
        idleMilliseconds = 20
    }

    /// A configuration.
    ///
    /// Traps on a segment size out of range.
    public init(segmentByteCount: Int = 8 << 20, idleMilliseconds: Int = 20) {
        precondition(Self.segmentByteCountRange.contains(segmentByteCount), "a segment has 64 KiB to 1 GiB")
        precondition(idleMilliseconds > 0, "the idle time is positive")
        self.segmentByteCount = segmentByteCount
        self.idleMilliseconds = idleMilliseconds
    }
}

/// The source of time and random numbers; tests provide their own.
public struct LedgerClock: Sendable {
    /// The current time.
    public let now: @Sendable () -> Timestamp
    /// 128 random bits: for the id of a ledger, for the few event ids that it cannot derive, and for secrets.
    package let random: @Sendable () -> (UInt64, UInt64)

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
