/// A broken promise, with the data to reproduce it.
package struct SimulationFailure: Error, CustomStringConvertible {
    /// What was found, and where.
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

/// Throws the problem, if there is one, with the place at which it was found.
func require(_ problem: String?, _ place: @autoclosure () -> String) throws(SimulationFailure) {
    if let problem { throw SimulationFailure("\(place()): \(problem)") }
}

/// Runs `body` and adds the place to its error.
func at<Result>(_ place: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw SimulationFailure("\(place): \(error)") }
}
