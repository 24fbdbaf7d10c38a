package import TradeModel

/// The state of every trade in the log.
///
/// Open trades are in memory; the state of any other is folded again from its events on request.
///
/// Closed trades take no memory.
package struct TradeState<Fold: TradeFold>: Sendable {
    package internal(set) var open: OpenTrades<Fold>
    /// Events that were given up as damaged.
    package private(set) var lostCount: UInt64
    /// Later events that were skipped because they depend on lost events.
    package private(set) var leftOutCount: UInt64

    /// The state after some event; before the first one by default.
    package init(open: OpenTrades<Fold> = OpenTrades(), lostCount: UInt64 = 0, leftOutCount: UInt64 = 0) {
        self.open = open
        self.lostCount = lostCount
        self.leftOutCount = leftOutCount
    }

    /// The state of a snapshot, with the state of each open trade transformed.
    init(_ tradeState: TradeState<OpenTrade>, _ transform: (OpenTrade) -> Fold) {
        self.init(
            open: OpenTrades(tradeState.open, transform),
            lostCount: tradeState.lostCount,
            leftOutCount: tradeState.leftOutCount
        )
    }

    /// The fold of a trade's events in order; nil where there are none.
    package static func fold(_ events: [Event]) throws(LedgerError) -> Fold? {
        var fold: Fold?
        for event in events {
            do throws(Rejection) { fold = try Self.fold(event, after: fold) } catch {
                throw .brokenRule(error, sequence: event.sequence)
            }
        }
        return fold
    }

    /// Applies an event of the log, which was admitted once and so breaks no rule; `read` receives the resulting trade,
    /// if the event is about one.
    ///
    /// `subject` is the fingerprint of what the event is about; `identities` finds the events before this one of a
    /// subject that is not an open trade. Before the first loss, an event that breaks a rule means corruption.
    @discardableResult
    package mutating func apply<S>(
        _ event: Event,
        ofSubject subject: UInt64,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event,
        read: (Fold) -> Void = { _ in }
    ) throws(LedgerError) -> AppliedEvent {
        let type = event.body.type
        guard type.isAboutTrade else {
            guard type != .lost else {
                lostCount += 1
                return .skipped
            }
            return try apply(event, ofOtherSubject: subject, identities, lookup: lookup)
        }
        let bytes = event.body.bytes.span
        let id = bytes.extracting(bytes.subjectRange)
        if let slot = open.slot(of: id, subject) { return try apply(event, toOpenTradeIn: slot, read) }
        var fold: Fold?
        if event.body.type != .opened {
            fold = try Self.fold(
                identities.events(
                    of: .tradeID,
                    event.body.subjectBytes,
                    subject,
                    before: event.sequence,
                    lookup: lookup
                )
            )
        }
        do throws(Rejection) {
            let next = try Self.fold(event, after: fold)
            read(next)
            let eventCount = next.eventCount
            if next.isOpen { open.insert(next, id: id, subject) }
            return .recorded(ordinal: eventCount - 1)
        } catch {
            try leaveOut(event, error)
            return .skipped
        }
    }

    private mutating func apply<S>(
        _ event: Event,
        ofOtherSubject subject: UInt64,
        _ identities: IdentityIndex<S>,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> AppliedEvent {
        guard event.body.type.role != .stands else { return .recorded(ordinal: nil) }
        let history = try identities.events(
            of: event.body.type.subject,
            event.body.subjectBytes,
            subject,
            before: event.sequence,
            lookup: lookup
        )
        do throws(Rejection) { try SubjectLife.check(event.body, after: history) } catch {
            try leaveOut(event, error)
            return .skipped
        }
        return .recorded(ordinal: UInt64(history.count))
    }

    private mutating func apply(
        _ event: Event,
        toOpenTradeIn slot: Int,
        _ read: (Fold) -> Void
    ) throws(LedgerError) -> AppliedEvent {
        var isOpen = true
        var eventCount: UInt64 = 0
        do throws(Rejection) {
            try open.update(slot) { (fold) throws(Rejection) in
                if event.body.type == .opened { fold = try Fold(opening: event) } else { try fold.apply(event) }
                read(fold)
                (isOpen, eventCount) = (fold.isOpen, fold.eventCount)
            }
        } catch {
            try leaveOut(event, error)
            return .skipped
        }
        if !isOpen { open.remove(slot) }
        return .recorded(ordinal: eventCount - 1)
    }

    /// Counts an event as skipped; throws if no earlier event was lost.
    private mutating func leaveOut(_ event: Event, _ rejection: Rejection) throws(LedgerError) {
        guard lostCount > 0 else { throw .brokenRule(rejection, sequence: event.sequence) }
        leftOutCount += 1
    }

    private static func fold(_ event: Event, after fold: consuming Fold?) throws(Rejection) -> Fold {
        if event.body.type == .opened { return try Fold(opening: event) }
        guard var fold else { throw Rejection(.unknownTrade, "there is no trade \(event.body.subject)") }
        try fold.apply(event)
        return fold
    }
}

/// What an event of the log did to the state.
package enum AppliedEvent: Equatable {
    /// Nothing: it was lost, or depends on a lost event.
    case skipped
    /// It is on record; `ordinal` counts the events of its subject from 0, and is nil where that has no beginning.
    case recorded(ordinal: UInt64?)
}

extension LedgerError {
    /// The log holds an event that the rules would not have admitted.
    static func brokenRule(_ rejection: Rejection, sequence: UInt64) -> LedgerError {
        LedgerError(
            .damaged,
            "event \(sequence) breaks a rule: \(rejection.message) (\(rejection.code.rawValue))",
            remedy: "a program other than tradeledger changed the log; restore it from a backup"
        )
    }
}

/// The open trades, found by the fingerprints of their ids; each state is changed in place.
///
/// Two ids may share a fingerprint, so their bytes are compared. States are stored contiguously; when one is removed,
/// the last one takes its slot.
package struct OpenTrades<Fold: Sendable>: Sendable {
    /// From the fingerprint of an id to its slot + 1.
    private var slots = FingerprintTable()
    private var fingerprints: [UInt64] = []
    private var ids = IdentifierCells()
    /// The states, each at its slot.
    private(set) var folds: [Fold] = []

    /// No trade.
    init() {}

    /// The trades of another table, with each state transformed.
    init<Other>(_ other: OpenTrades<Other>, _ transform: (Other) -> Fold) {
        slots = other.slots
        fingerprints = other.fingerprints
        ids = other.ids
        folds = other.folds.map(transform)
    }

    /// How many trades are open.
    var count: Int { folds.count }

    /// A copy of the states by id, for comparisons.
    var byID: [[UInt8]: Fold] {
        var trades = [[UInt8]: Fold](minimumCapacity: count)
        for slot in folds.indices { trades[Array(id(at: slot))] = folds[slot] }
        return trades
    }

    /// The bytes of the id of the trade in a slot.
    func id(at slot: Int) -> ArraySlice<UInt8> { ids[slot] }

    /// The slot of a trade, until one is removed; nil where none of that id is open.
    func slot(of id: Span<UInt8>, _ fingerprint: UInt64) -> Int? {
        slots.find(fingerprint) { number in
            let slot = Int(number) - 1
            return ids.holds(id, at: slot) ? slot : nil
        }
    }

    /// Adds a trade of which there is none yet.
    mutating func insert(_ fold: consuming Fold, id: Span<UInt8>, _ fingerprint: UInt64) {
        slots.insert(fingerprint, UInt64(folds.count + 1))
        ids.append(id)
        fingerprints.append(fingerprint)
        folds.append(fold)
    }

    /// Changes a state in its slot.
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout Fold) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try change(&folds[slot])
    }

    /// Removes a trade; the slots of other trades may change.
    mutating func remove(_ slot: Int) {
        let last = folds.count - 1
        slots.remove(fingerprints[slot], UInt64(slot + 1))
        ids.removeByLast(slot)
        let (lastFold, lastFingerprint) = (folds.removeLast(), fingerprints.removeLast())
        guard slot != last else { return }
        slots.renumber(lastFingerprint, UInt64(last + 1), as: UInt64(slot + 1))
        folds[slot] = lastFold
        fingerprints[slot] = lastFingerprint
    }
}

/// Identifiers side by side in cells of one size, so that none of them takes an allocation of its own.
///
/// A cell is a byte with the length, then the bytes. The cells become larger when a longer identifier comes.
struct IdentifierCells: Sendable {
    private var bytes: [UInt8] = []
    private var cellByteCount = 16

    /// The identifier of a cell.
    subscript(index: Int) -> ArraySlice<UInt8> {
        let start = index * cellByteCount
        return bytes[(start + 1)...start + Int(bytes[start])]
    }

    /// Whether a cell holds these bytes.
    func holds(_ identifier: Span<UInt8>, at index: Int) -> Bool {
        let start = index * cellByteCount
        guard Int(bytes[start]) == identifier.count else { return false }
        return bytes.span.extracting((start + 1)..<(start + 1 + identifier.count)).holds(identifier)
    }

    /// Fills one more cell with an identifier of at most 255 bytes.
    mutating func append(_ identifier: Span<UInt8>) {
        precondition(identifier.count <= UInt8.max, "an identifier's length fits a byte")
        if identifier.count >= cellByteCount { widen(for: identifier.count) }
        bytes.append(addingCapacity: cellByteCount) { cell in
            cell.append(UInt8(identifier.count))
            cell.append(identifier)
            cell.append(repeating: 0, count: cell.freeCapacity)
        }
    }

    /// Removes a cell; what the last one holds takes its place.
    mutating func removeByLast(_ index: Int) {
        let (start, last) = (index * cellByteCount, bytes.count - cellByteCount)
        for offset in 0..<cellByteCount { bytes[start + offset] = bytes[last + offset] }
        bytes.removeLast(cellByteCount)
    }

    private mutating func widen(for identifierByteCount: Int) {
        var wider = IdentifierCells()
        while wider.cellByteCount <= identifierByteCount { wider.cellByteCount *= 2 }
        wider.bytes.reserveCapacity(bytes.count / cellByteCount * wider.cellByteCount)
        for index in 0..<(bytes.count / cellByteCount) { wider.append(self[index].span) }
        self = wider
    }
}

/// An open trade as admission keeps it: its state, and the sequences of its fills.
///
/// A repeated fill is recognised without reading the log. The fills of trades that are not open are found among the
/// trade's events.
package struct OpenTrade: TradeFold {
    /// Where a fill of the trade is.
    struct Fill: Hashable {
        let fingerprint: UInt64
        let sequence: UInt64
    }

    package private(set) var trade: Trade
    /// From the fingerprints of fill ids to the sequences of their events.
    private var fills = FingerprintTable()

    /// The trade that an event begins, which may have the fingerprint of a fill.
    init(opening body: EventBody, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        trade = try Trade(opening: body, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    package init(opening event: Event) throws(Rejection) {
        trade = try Trade(opening: event)
        note(event)
    }

    /// A trade with its fills, as a snapshot keeps them.
    init(_ trade: Trade, fills: [Fill]) {
        self.trade = trade
        for fill in fills { self.fills.insert(fill.fingerprint, fill.sequence) }
    }

    /// The fills in the order of their events.
    var orderedFills: [Fill] {
        fills.entries.map { Fill(fingerprint: $0.fingerprint, sequence: $0.number) }
            .sorted { $0.sequence < $1.sequence }
    }

    package mutating func apply(_ event: Event) throws(Rejection) {
        try trade.apply(event)
        note(event)
    }

    /// Applies the next event of the trade, which may have the fingerprint of a fill.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ body: EventBody, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        try trade.apply(body, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    private mutating func noteFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.insert(fingerprint, sequence) }

    /// How many events the trade had before the last one.
    var lastOrdinal: UInt64 { trade.eventCount - 1 }

    /// The event that has a fill, out of those that may have it; `examine` returns nil for another event.
    func fill<Failure>(
        _ fingerprint: UInt64,
        _ examine: (UInt64) throws(Failure) -> Event?
    ) throws(Failure) -> Event? {
        try fills.find(fingerprint, examine)
    }

    /// Forgets a fill of an event that is taken back.
    mutating func forgetFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.remove(fingerprint, sequence) }

    /// Restores an earlier state.
    mutating func revert(to trade: Trade) { self.trade = trade }

    private mutating func note(_ event: Event) {
        guard event.body.textBytes(.fillID) != nil else { return }
        let fingerprint = Fingerprint.subject(of: event.body)
        if let fill = Fingerprint.fill(of: event.body, ofTrade: fingerprint) { noteFill(fill, event.sequence) }
    }
}

extension TradeState<OpenTrade> {
    /// The event of an open trade that already has the fill of a body; nil if the fill is new, or the body has none.
    ///
    /// Admission answers such a body as a retry or a conflict, and an audit calls it a broken rule. `fill` is the
    /// fingerprint of the body's fill.
    func event(
        ofTradeIn slot: Int,
        withFillOf body: EventBody,
        _ fill: UInt64?,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        guard let fill else { return nil }
        return try open.folds[slot].fill(fill) { (sequence) throws(LedgerError) -> Event? in
            let event = try lookup(sequence)
            let isSame =
                event.body.type.isAboutTrade && event.body.subjectBytes == body.subjectBytes
                && event.body.textBytes(.fillID) == body.textBytes(.fillID)
            return isSame ? event : nil
        }
    }
}

/// The rules of a subject that has no fold of its own: it begins once, and nothing follows its end.
enum SubjectLife {
    /// Checks that an event may follow the events of its subject, which are given in order.
    static func check(_ body: EventBody, after history: [Event]) throws(Rejection) {
        switch body.type.role {
        case .stands: return
        case .begins:
            guard let first = history.first else { return }
            throw Rejection(
                .subjectExists,
                "\(name(body)) began at sequence \(first.sequence); use another \(idName(body))"
            )
        case .continues, .ends:
            guard !history.isEmpty else {
                let beginnings = body.type.family.eventTypes.filter { $0.role == .begins }.map(\.name)
                throw Rejection(
                    .unknownSubject,
                    "there is no \(name(body)); send its \(beginnings.joined(separator: " or ")) first"
                )
            }
            guard let end = history.first(where: { $0.body.type.role == .ends }) else { return }
            throw Rejection(
                .subjectEnded,
                "\(name(body)) ended with \(end.body.type.name) at sequence \(end.sequence); nothing may follow"
            )
        }
    }

    private static func name(_ body: EventBody) -> String { "\(body.type.family.name) \(body.subject)" }

    private static func idName(_ body: EventBody) -> String { body.type.subject?.name ?? "id" }
}
