internal import Synchronization

/// The broken promises that any thread found.
final class BrokenPromises: Sendable {
    private let found = Mutex<[String]>([])

    /// The first findings; later ones follow from them.
    private static let countMax = 20

    var all: [String] { found.withLock { $0 } }

    func note(_ message: String) {
        found.withLock { if $0.count < Self.countMax { $0.append(message) } }
    }
}
