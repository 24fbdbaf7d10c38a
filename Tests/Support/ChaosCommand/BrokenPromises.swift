internal import Synchronization

/// What was found wrong, by whichever thread found it.
final class BrokenPromises: Sendable {
    private let found = Mutex<[String]>([])

    /// The first that were found; all further ones follow from them.
    private static let countMax = 20

    var all: [String] { found.withLock { $0 } }

    func note(_ message: String) {
        found.withLock { if $0.count < Self.countMax { $0.append(message) } }
    }
}
