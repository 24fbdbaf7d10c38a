/// How often something may happen: so many times within a period, at once or spread over it.
package struct Rate: Hashable, Sendable {
    /// How many times; at least 1.
    package let count: Int
    /// The period, longer than nothing.
    package let period: Duration

    /// A rate; traps where it allows nothing.
    package init(_ count: Int, per period: Duration) {
        precondition(count > 0 && period > .zero, "a rate allows something")
        (self.count, self.period) = (count, period)
    }
}

/// Token buckets, one for each key: a bucket holds as many units as the rate counts, and refills over its period.
///
/// A value without a clock. A key takes memory only while its bucket is not full, and there are at most so many keys.
package struct RateLimit<Key: Hashable & Sendable>: Sendable {
    private let rate: Rate
    private let keyCountMax: Int
    /// When the bucket of a key will be full again.
    private var fullAt: [Key: ContinuousClock.Instant] = [:]

    /// Full buckets; at most `keyCountMax` of them are remembered once they are not full, at least 2.
    package init(_ rate: Rate, keyCountMax: Int) {
        precondition(keyCountMax >= 2, "half of the keys are some")
        (self.rate, self.keyCountMax) = (rate, keyCountMax)
    }

    /// Takes a unit from the bucket of a key; nil, or where it is empty, after how many seconds to try again.
    ///
    /// O(1), but O(keys · log keys) at most once in so many calls that it does not count.
    package mutating func take(_ key: Key, at now: ContinuousClock.Instant) -> Int? {
        let refilled = max(fullAt[key] ?? now, now) + rate.period / rate.count
        let excess = now.duration(to: refilled) - rate.period
        guard excess <= .zero else { return Self.secondsRoundedUp(excess) }
        if fullAt[key] == nil, fullAt.count >= keyCountMax { forget(now) }
        fullAt[key] = refilled
        return nil
    }

    /// Forgets the keys whose buckets are full, and if most are not, the half that is nearest to it.
    private mutating func forget(_ now: ContinuousClock.Instant) {
        fullAt = fullAt.filter { $0.value > now }
        guard fullAt.count > keyCountMax / 2 else { return }
        let busiest = fullAt.sorted { $0.value > $1.value }.prefix(keyCountMax / 2)
        fullAt = Dictionary(uniqueKeysWithValues: busiest.map { ($0.key, $0.value) })
    }

    private static func secondsRoundedUp(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
