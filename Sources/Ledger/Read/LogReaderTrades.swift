package import TradeModel

extension LogReader {
    /// The events of a trade up to a durable sequence, in order, including skipped ones.
    ///
    /// Found through the index runs; ranges that no intact run covers are scanned. Reads about as many frames as the
    /// trade has events, and everything after the last run.
    package func events(ofTrade id: [UInt8], upTo last: UInt64) throws(LedgerError) -> [Event] {
        let runSet = try RunSet(storage, of: ledgerID)
        var lookup = EventLookup(storage, of: ledgerID)
        var events: [Event] = []
        for run in runSet.runs where run.sequences.lowerBound <= last {
            if let sequences = try candidates(id, run) {
                for sequence in sequences where sequence <= last && sequence != events.last?.sequence {
                    let event = try lookup.event(at: sequence)
                    if event.body.type.isAboutTrade && event.body.subjectBytes.elementsEqual(id) {
                        events.append(event)
                    }
                }
            } else {
                let range = run.sequences.lowerBound...min(last, run.sequences.upperBound)
                events += try self.events(ofTrade: id, in: range)
            }
        }
        if runSet.lastSequence < last { events += try self.events(ofTrade: id, in: (runSet.lastSequence + 1)...last) }
        return events
    }

    /// The sequences under the fingerprint of a trade; nil if the run does not cover every event.
    private func candidates(_ id: [UInt8], _ run: IndexRun<S>) throws(LedgerError) -> [UInt64]? {
        guard run.header.skippedCount == 0 else { return nil }
        var sequences: [UInt64] = []
        do throws(LedgerError) { try run.appendCandidates(Fingerprint.trade(id.span), to: &sequences) } catch {
            guard error.code == .unusable else { throw error }
            return nil
        }
        return sequences
    }

    private func events(ofTrade id: [UInt8], in range: ClosedRange<UInt64>) throws(LedgerError) -> [Event] {
        var cursor = cursor(from: range.lowerBound)
        var events: [Event] = []
        while let event = try cursor.next(upTo: range.upperBound, ofTrade: id[...]) { events.append(event) }
        return events
    }
}
