internal import TradeModel

/// The page in an audit pack that describes its contents and how to verify them.
struct AuditInstructions {
    let ledgerID: EventID
    let since: Timestamp?
    let until: Timestamp?
    /// The events of the period.
    let asked: ClosedRange<UInt64>
    /// The exported events.
    let held: ClosedRange<UInt64>
    /// The public keys, a line each.
    let keys: String

    private var period: String {
        let (since, until) = (since.map { "from \($0) on" }, until.map { "before \($0)" })
        let told = [since, until].compactMap { $0 }.joined(separator: " and ")
        return told.isEmpty ? "from the beginning" : told
    }

    /// The page.
    var text: String {
        """
        # Trades of ledger \(ledgerID)

        Asked for was what the ledger recorded \(period):
        events \(asked.lowerBound) to \(asked.upperBound). Segments are handed out whole, so here are
        events \(held.lowerBound) to \(held.upperBound).

        | file | holds |
        |---|---|
        | `segments/` | the log as it was written: `schema/segment-format.md` |
        | `checkpoint` | how many events the log has, and the root of the Merkle tree over them, signed |
        | `start.proof` | a proof of event \(held.lowerBound), signed when it was the last: what came before it |
        | `checkpoint.pub` | the public key; take no such key on trust, compare it with one that you kept |
        | `events.ndjson` | the events, a JSON object a line |
        | `trades.csv` | every trade that one of them is of, as it was behind event \(held.upperBound) |
        | `schema/` | the formats, complete enough to write readers of your own |
        | `tools/` | readers in Python that were written from these pages; they need nothing else |

        The public key is

            \(keys.split(separator: "\n").joined(separator: "\n    "))

        ## What to check

        In this directory, with Python 3:

            tools/verify-proof --checkpoints checkpoint --start start.proof --key checkpoint.pub segments/0*
            tools/read-segment segments/0* | cmp - events.ndjson

        The first shows that every event is whole, in its place and signed for, and that none between them is missing;
        the second that `events.ndjson` says what the log says. Both end with status 0, and the second prints nothing.

        What this is worth rests on three things that should not come out of this directory:

        1. The key: name a copy that you kept, with `--key`.
        2. The readers: use copies of your own, or write them from the pages.
        3. The past: whoever has the key could write a ledger anew and sign it again. A checkpoint that you kept, such
           as that of an earlier pack, shows whether that was done. It has to be over \(held.lowerBound - 1) events
           at least:

               tools/verify-proof --checkpoints KEPT --start start.proof --key checkpoint.pub segments/0*

        `trades.csv` is computed from the events, also from earlier ones. From a ledger or a backup
        `tradeledger trades --as-of-sequence \(held.upperBound) --format csv` computes it anew, with all other trades.
        An apostrophe at the beginning of a cell was put there so that no spreadsheet takes the text for a formula: take
        one off.

        """
    }
}
