/// Which of two copies goes on, and which is brought in step with it.
///
/// The longer run of whole frames goes on, so that nothing is lost that either acknowledged. One rule comes before: a
/// copy that has noted that the other is behind may have acknowledged events alone, so what only the other has was
/// never acknowledged, unless something there vouches for it.
struct MirrorComparison<S: Storage> {
    let leader: MirrorCopy<S>
    let follower: MirrorCopy<S>
    let isFirstLeading: Bool
    /// Where the copies stop to agree; nil where the follower is empty.
    let common: CommonEnd?

    init(_ one: MirrorCopy<S>, _ two: MirrorCopy<S>) throws(LedgerError) {
        let isEmpty = one.segments.isEmpty || two.segments.isEmpty
        let common = isEmpty ? nil : try CommonEnd.find(one, two)
        if let common {
            isFirstLeading = try Self.isFirstLeading(one, two, common)
        } else if isEmpty {
            isFirstLeading = two.segments.isEmpty
        } else {
            throw Self.fork(one, two, at: nil)
        }
        self.common = common
        (leader, follower) = isFirstLeading ? (one, two) : (two, one)
    }

    private static func isFirstLeading(
        _ one: MirrorCopy<S>,
        _ two: MirrorCopy<S>,
        _ common: CommonEnd
    ) throws(LedgerError) -> Bool {
        switch (one.ends(at: common), two.ends(at: common)) {
        case (true, true): return two.note == nil || one.note != nil
        case _ where one.note != nil && two.note == nil && two.assertedSequence < common.nextSequence: return true
        case _ where two.note != nil && one.note == nil && one.assertedSequence < common.nextSequence: return false
        case (_, true): return true
        case (true, _): return false
        case (false, false): throw fork(one, two, at: common)
        }
    }

    private static func fork(_ one: MirrorCopy<S>, _ two: MirrorCopy<S>, at common: CommonEnd?) -> LedgerError {
        let place = common.map { "from sequence \($0.nextSequence) on" } ?? "from their first segments on"
        return LedgerError(
            .unusable,
            "\(one.storage.directory) and \(two.storage.directory) hold two histories, which differ \(place)",
            remedy: "nothing was changed; decide which is the right one, move the other directory away, and open again"
        )
    }
}
