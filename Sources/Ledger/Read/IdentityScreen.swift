import TradeModel

/// Marks the events that may repeat an earlier event's id, trade or fill.
///
/// A Bloom filter of event ids, opened trades and fills: it marks every event that repeats one, and few others. O(1) an
/// event.
struct IdentityScreen {
    private var seen: IndexFilter

    /// Beyond this many events the filter no longer grows, so it marks more events that repeat nothing.
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
        for index in events.indices { screen(&events[index].identity) }
    }

    private mutating func screen(_ identity: inout ScreenedIdentity) {
        guard identity.type != .lost else { return }
        if seen.takeIn(identity.eventID) { identity.suspects.insert(.eventID) }
        if identity.type == .opened && seen.takeIn(identity.subject) { identity.suspects.insert(.opened) }
        if let fill = identity.fill, seen.takeIn(fill) { identity.suspects.insert(.fill) }
    }
}
