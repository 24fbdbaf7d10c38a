/// What opening does with the end of the log.
///
/// Every combination of what a crash can leave has one lettered case; `k` is the sequence of the first event that is
/// not there.
///
/// | case | bytes after the last whole frame | something asserts durability ≥ k | decision |
/// |---|---|---|---|
/// | A | none | no | open |
/// | B | none | yes | damaged: acknowledged events are gone |
/// | C | some | no | torn write: copy them aside, cut, open |
/// | D | some | yes | damaged: acknowledged events are broken |
///
/// In A and C, whole frames that nothing asserts to be durable are proved before they are trusted: they are rewritten
/// with the same bytes, flushed, and read back past the cache.
enum RecoveryDecision: Equatable {
    /// A: the log ends cleanly.
    case open
    /// C: the bytes of the range were never acknowledged.
    case cut(Range<Int>)
    /// B and D: events up to this sequence were acknowledged and are not whole.
    case damaged(through: UInt64)

    init(nextSequence: UInt64, remainder: Range<Int>, assertedSequence: UInt64) {
        switch (remainder.isEmpty, assertedSequence >= nextSequence) {
        case (true, false): self = .open
        case (false, false): self = .cut(remainder)
        case (_, true): self = .damaged(through: assertedSequence)
        }
    }
}
