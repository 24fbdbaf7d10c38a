internal import Glibc

/// A condition for which a test waited too long.
package struct ConditionNotMet: Error {
    let condition: String
}

/// Waits until a condition holds, by polling.
///
/// Throws if it does not hold for a long time.
package func waitUntil(_ condition: String, withinSeconds seconds: Int = 90, _ isMet: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pauseMicroseconds: UInt32 = 1000
    while try !isMet() {
        guard ContinuousClock.now < deadline else { throw ConditionNotMet(condition: condition) }
        usleep(pauseMicroseconds)
        pauseMicroseconds = min(2 * pauseMicroseconds, 50_000)
    }
}
