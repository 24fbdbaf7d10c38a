import TradeModel

/// Finds the events that may repeat an identity of an earlier event: it misses none, and few of those it names do.
///
/// A Bloom filter over what has to be unique: event ids, trades that were opened, and fills. O(1) an event.
struct IdentityScreen {
    /// Identities of one event that an earlier event may have.
    struct Suspects: OptionSet {
        let rawValue: UInt8

        static let eventID = Suspects(rawValue: 1)
        static let trade = Suspects(rawValue: 2)
        static let fill = Suspects(rawValue: 4)
    }

    private var seen: IndexFilter

    /// Beyond this many events the filter no longer grows, so that it names more events in vain.
    private static let filteredEventCountMax: UInt64 = 1 << 26

    /// A screen for the events of a log, in order; it takes 4 bytes for each.
    init(eventCount: UInt64) {
        // Two identities an event: its id and its fill, or its id and the trade that it opens.
        let identityCount = min(eventCount, Self.filteredEventCountMax) * 2
        seen = IndexFilter(byteCount: IndexFilter.byteCount(openedCount: identityCount))
    }

    /// Takes in the next events, and sets the suspects of each.
    ///
    /// The filter is larger than the processor's caches. A short loop over many events lets their loads overlap.
    mutating func screen(_ events: inout [CheckedEvent]) {
        for index in events.indices {
            let (type, trade) = (events[index].type, events[index].trade)
            guard type != .lost else { continue }
            if seen.takeIn(events[index].eventID) { events[index].suspects.insert(.eventID) }
            if type == .opened && seen.takeIn(trade) { events[index].suspects.insert(.trade) }
            if let fill = events[index].fill, seen.takeIn(fill) { events[index].suspects.insert(.fill) }
        }
    }
}
