/// A broken promise, with what is needed to see it again.
package struct SimulationFailure: Error, CustomStringConvertible {
    /// What was found, where.
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

/// What a simulation does as its verdict asks for.
func require(_ problem: String?, _ place: @autoclosure () -> String) throws(SimulationFailure) {
    if let problem { throw SimulationFailure("\(place()): \(problem)") }
}

/// Says of whatever goes wrong in the body where it happened.
func at<Result>(_ place: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw SimulationFailure("\(place): \(error)") }
}
