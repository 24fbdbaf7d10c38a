internal import Ledger

/// Whether the service accepts appends.
final class ServiceHealth: Sendable {
    private let reader: LedgerReader
    private let failure = Lock<LedgerError?>(nil)
    private let onFailure: @Sendable () -> Void

    static let live = Array(#"{"status":"live"}"#.utf8)
    static let ready = Array(#"{"status":"ready"}"#.utf8)

    /// The health of the service of a ledger; `onFailure` is called once if the ledger has to be opened again.
    init(_ reader: LedgerReader, onFailure: @escaping @Sendable () -> Void) {
        (self.reader, self.onFailure) = (reader, onFailure)
    }

    /// Why the ledger has to be opened again; nil where it need not.
    var fault: LedgerError? { failure.withLock { $0 } }

    /// Takes note of an error of the ledger.
    func note(_ error: LedgerError) {
        guard error.code == .unusable else { return }
        let isFirst = failure.withLock { failure in
            defer { failure = failure ?? error }
            return failure == nil
        }
        if isFirst { onFailure() }
    }

    /// Why appends are not accepted; nil where they are.
    var problem: Problem? {
        if let fault { return Problem(fault) }
        do throws(LedgerError) {
            guard let marker = try reader.log.databaseAheadMarker() else { return nil }
            return Problem(.notReady, marker.message)
        } catch {
            return Problem(error)
        }
    }
}
