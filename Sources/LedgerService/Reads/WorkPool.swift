final class WorkPool: Sendable {
    func submit(_ work: @escaping @Sendable () -> Void) -> Bool { work(); return true }
    func close() {}
}
enum LogRoutes { static let all: [Route] = [] }
