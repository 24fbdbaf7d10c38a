internal import LedgerTestSupport

/// Two ledgers in one database that do not trust each other.
struct TwoLedgers {
    let own: AttackedLedger
    let other: AttackedLedger
    let ownID: String
    let otherID: String

    init(_ database: AttackedDatabase) throws {
        own = try AttackedLedger(databaseURL: database.url)
        other = try AttackedLedger(databaseURL: database.url)
        try own.succeed(["migrate"])
        for (seed, ledger) in [own, other].enumerated() {
            let lines = Lines.identified(40, seed: UInt64(seed))
            try ledger.succeed(["append", "--quiet"], input: Lines.input(lines))
            try ledger.succeed(["replicate", "--once"])
        }
        (ownID, otherID) = (try Self.id(own), try Self.id(other))
    }

    private static func id(_ ledger: AttackedLedger) throws -> String {
        let status = try ledger.succeed(["status", "--format", "json"])
        guard let id = try StrictJSON.value(of: Array((status.lines.first ?? "").utf8))["ledger_id"]?.text else {
            throw BrokenPromise("`status` names no ledger: \(status.stdout)")
        }
        return id
    }
}
