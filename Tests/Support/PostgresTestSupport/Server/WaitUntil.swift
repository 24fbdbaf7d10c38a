internal import Glibc

/// What a test waited for and did not come.
package struct ConditionNotMet: Error {
    let condition: String
}

/// Waits until something is so of which nobody tells.
///
/// Throws where it is not for so long that it never will be.
package func waitUntil(_ condition: String, withinSeconds seconds: Int = 90, _ isMet: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pauseMicroseconds: UInt32 = 1000
    while try !isMet() {
        guard ContinuousClock.now < deadline else { throw ConditionNotMet(condition: condition) }
        usleep(pauseMicroseconds)
        pauseMicroseconds = min(2 * pauseMicroseconds, 50_000)
    }
}
