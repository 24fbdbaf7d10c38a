internal import Glibc
internal import Ledger
internal import Records
internal import Replay
internal import TradeModel

/// Kills appenders of one ledger at moments that a seed chooses, and compares the ledger with what they acknowledged.
///
/// Each appender opens what the previous kill left, so repeated recovery is tested too. Unacknowledged events are sent
/// again, and the ledger must recognise the ones that it already has.
struct Selftest {
    /// An acknowledged event is missing or wrong, or an appender did not continue.
    struct BrokenPromise: Error {
        let message: String
    }

    private let directory: String
    private let events: SelftestEvents
    private var random: SeededNumbers
    /// The last sequence whose event was sent to an appender.
    private var submittedSequence: UInt64 = 0
    private(set) var acknowledgedSequence: UInt64 = 0
    /// The last sequence of the ledger when it was last compared.
    private(set) var foundSequence: UInt64 = 0
    private(set) var killCount = 0
    /// How many events the ledger had after a kill although they had not been acknowledged.
    private(set) var unacknowledgedCount: UInt64 = 0
    /// The time from the start of the last appender to its first answer.
    private var openingMicroseconds: UInt64 = 1

    /// In one round in this many, a second appender is killed while it opens what the first one left.
    private static let openingStride = 3
    private static let answerCountMax: UInt64 = 200
    private static let windowBitCount: UInt64 = 9
    private static let killDelayBitCount: UInt64 = 12

    /// Creates a ledger in an empty directory.
    init(_ directory: String, seed: UInt64) throws(LedgerError) {
        self.directory = directory
        events = SelftestEvents(seed: seed)
        random = SeededNumbers(seed: seed)
        try Ledger.create(in: directory)
    }

    /// Kills one or two appenders, and compares the ledger; returns false if a stop was requested meanwhile.
    ///
    /// Throws `BrokenPromise`.
    mutating func round(_ number: Int, stop: Int32) throws -> Bool {
        let isStopped = try !killWhileAppending(stop)
        if number % Self.openingStride == 0 && !isStopped { try killWhileOpening() }
        try compare()
        return !isStopped
    }

    /// Opens the ledger once more, checks every byte of it, and returns how many torn writes were cut.
    func finish() throws -> Int {
        let ledger = try Ledger(opening: directory)
        let durableSequence = try ledger.durableSequence
        ledger.close()
        guard durableSequence == foundSequence else {
            throw BrokenPromise(message: "a reader saw \(foundSequence) events, but a writer found \(durableSequence)")
        }
        for check in try LedgerAudit(LedgerReader(opening: directory)).run(onEvent: { _ in }) {
            if let problem = check.problem { throw BrokenPromise(message: "\(check.name): \(problem)") }
        }
        return try PosixStorage(directory: directory).list().count { $0.hasPrefix("torn-") }
    }

    private mutating func killWhileAppending(_ stop: Int32) throws -> Bool {
        let first = acknowledgedSequence + 1
        let target = acknowledgedSequence + 1 + random.next(below: Self.answerCountMax)
        // With one pending event each frame holds one; with many, a frame spans many pages.
        let window: UInt64 = 1 << random.next(below: Self.windowBitCount)
        var unsent: [UInt8] = []
        var unfinished: [UInt8] = []
        var sentSequence = acknowledgedSequence
        let start = ContinuousClock.now
        var appender = try ChildAppender(ledger: directory)
        while true {
            while sentSequence < acknowledgedSequence + window {
                sentSequence += 1
                unsent += (events.line(sentSequence) + "\n").utf8
            }
            submittedSequence = max(submittedSequence, sentSequence)
            try appender.send(&unsent)
            guard acknowledgedSequence < target else { break }
            switch try appender.wait(more: !unsent.isEmpty, stop: stop) {
            case .stopped: return false
            case .ended:
                throw BrokenPromise(message: "append ended by itself with \(try appender.waitForEnd())")
            case .output(let bytes):
                let isOpening = acknowledgedSequence < first
                try acknowledge(bytes, &unfinished, first: first)
                if isOpening { openingMicroseconds = UInt64((ContinuousClock.now - start).microseconds) }
            }
        }
        // The event just sent is now being read, written or flushed, which takes microseconds or milliseconds.
        usleep(UInt32(random.next(below: 1 << random.next(below: Self.killDelayBitCount))))
        killCount += 1
        try acknowledge(try appender.kill(), &unfinished, first: first)
        return true
    }

    private mutating func killWhileOpening() throws {
        var appender = try ChildAppender(ledger: directory)
        usleep(UInt32(truncatingIfNeeded: random.next(below: max(1, openingMicroseconds))))
        killCount += 1
        _ = try appender.kill()
    }

    /// Compares the acknowledgements with the expected ones; the last one may be incomplete.
    private mutating func acknowledge(_ bytes: [UInt8], _ unfinished: inout [UInt8], first: UInt64) throws {
        unfinished += bytes
        while let end = unfinished.firstIndex(of: UInt8(ascii: "\n")) {
            let answer = unfinished[..<end]
            let sequence = acknowledgedSequence + 1
            let expected = Record.receipt(
                sequence <= foundSequence ? .duplicate : .appended,
                sequence,
                events.eventID(sequence),
                line: sequence - first + 1
            ).json
            guard answer.elementsEqual(expected) else {
                let text = String(decoding: answer, as: UTF8.self)
                guard !text.contains(#""code":"disk_full""#) else { throw Failure(.inputOutput, text) }
                throw BrokenPromise(
                    message: "append answered \(text) instead of \(String(decoding: expected, as: UTF8.self))"
                )
            }
            acknowledgedSequence = sequence
            unfinished.removeSubrange(...end)
        }
    }

    /// Compares every event of the ledger with what was submitted, and their number with what was acknowledged.
    private mutating func compare() throws {
        let reader = try LedgerReader(opening: directory)
        foundSequence = try reader.durableSequence()
        guard foundSequence >= acknowledgedSequence else {
            throw BrokenPromise(
                message: "events \(foundSequence + 1) to \(acknowledgedSequence) were acknowledged but are missing"
            )
        }
        unacknowledgedCount += foundSequence - acknowledgedSequence
        guard foundSequence <= submittedSequence else {
            throw BrokenPromise(
                message: "\(foundSequence) events are there, but only \(submittedSequence) were submitted"
            )
        }
        var stream = try reader.events(to: foundSequence)
        var sequence: UInt64 = 0
        while let event = try stream.next() {
            sequence += 1
            let submitted = events.draft(sequence)
            guard event.sequence == sequence, event.eventID == submitted.eventID, event.body == submitted.body else {
                throw BrokenPromise(message: "event \(sequence) differs from what was submitted")
            }
        }
        guard sequence == foundSequence else {
            throw BrokenPromise(message: "\(foundSequence) events are there, but only \(sequence) can be read")
        }
    }
}
