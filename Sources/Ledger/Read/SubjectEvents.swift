package import TradeModel

/// The events of several subjects of one kind, such as trades.
extension LogReader {
    /// Visits the events of subjects up to a durable sequence: those of each subject in order, each with the place of
    /// the subject's id in `ids`, which are different.
    ///
    /// `field` holds the ids, and its subjects have a beginning. Returns false if an event was given up as damaged:
    /// only the fold of the whole log then shows which of the visited events count.
    ///
    /// Found through the index runs, and by one pass over what no intact run covers. Reads about as many frames as
    /// there are events.
    package func visitEvents(
        of field: Field,
        _ ids: [[UInt8]],
        upTo last: UInt64,
        _ visit: (Int, Event) -> Void
    ) throws(LedgerError) -> Bool {
        var isWhole = true
        let fingerprints = ids.map { Fingerprint.subject($0.span, of: field) }
        let runSet = try RunSet(storage, of: ledgerID)
        var lookup = EventLookup(storage, of: ledgerID)
        for run in runSet.runs where run.sequences.lowerBound <= last {
            if let candidates = try candidates(fingerprints, run) {
                for (sequence, place) in candidates where sequence <= last {
                    let event = try lookup.event(at: sequence)
                    if event.isAbout(ids[place], field) { visit(place, event) }
                }
            } else {
                let range = run.sequences.lowerBound...min(last, run.sequences.upperBound)
                if try !scan(range, field, ids, fingerprints, visit) { isWhole = false }
            }
        }
        if runSet.lastSequence < last {
            let range = (runSet.lastSequence + 1)...last
            if try !scan(range, field, ids, fingerprints, visit) { isWhole = false }
        }
        return isWhole
    }

    /// The sequences in a run that may be of one of the fingerprints, ascending, each with the place of that one.
    ///
    /// Nil if the run cannot answer: it has no entries for skipped events, or a bucket is damaged.
    private func candidates(
        _ fingerprints: [UInt64],
        _ run: IndexRun<S>
    ) throws(LedgerError) -> [(sequence: UInt64, place: Int)]? {
        guard run.header.skippedCount == 0 else { return nil }
        var candidates: [(sequence: UInt64, place: Int)] = []
        for (place, fingerprint) in fingerprints.enumerated() {
            var sequences: [UInt64] = []
            do throws(LedgerError) { try run.appendCandidates(fingerprint, to: &sequences) } catch {
                guard error.code == .unusable else { throw error }
                return nil
            }
            // One event can have two entries with this fingerprint: one of its id, one of its subject.
            for sequence in sequences where candidates.last.map({ $0 != (sequence, place) }) ?? true {
                candidates.append((sequence, place))
            }
        }
        // In the order of the log, so that each frame is read once.
        return candidates.sorted { $0.sequence < $1.sequence }
    }

    /// Visits the events of the subjects in a range; false if one of the range was given up as damaged.
    private func scan(
        _ range: ClosedRange<UInt64>,
        _ field: Field,
        _ ids: [[UInt8]],
        _ fingerprints: [UInt64],
        _ visit: (Int, Event) -> Void
    ) throws(LedgerError) -> Bool {
        let places = Dictionary(grouping: ids.indices) { fingerprints[$0] }
        var cursor = cursor(from: range.lowerBound)
        var isWhole = true
        while true {
            let event = try cursor.next(upTo: range.upperBound) { type, subject in
                type == .lost || type.subject == field && places[Fingerprint.subject(subject.span, of: field)] != nil
            }
            guard let event else { return isWhole }
            if event.body.type == .lost { isWhole = false }
            let found = places[Fingerprint.subject(of: event.body)]?.first { event.isAbout(ids[$0], field) }
            if let found { visit(found, event) }
        }
    }
}

extension Event {
    fileprivate func isAbout(_ id: [UInt8], _ field: Field) -> Bool {
        body.type.subject == field && body.subjectBytes.elementsEqual(id)
    }
}
