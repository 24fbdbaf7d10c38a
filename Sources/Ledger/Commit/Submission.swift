import TradeModel

/// One event on its way in: what was read of it, and the line to keep if it is rejected.
struct Submission {
    let draft: Result<EventDraft, Rejection>
    let line: [UInt8]
    let lineByteCount: Int

    /// An event from a line of JSON; the line may be cut behind the limit, its true length is `lineByteCount`.
    init(line: [UInt8], lineByteCount: Int) {
        self.line = line
        self.lineByteCount = lineByteCount
        draft =
            lineByteCount > Limits.eventLineByteCountMax
            ? .failure(
                Rejection(
                    .eventTooLarge,
                    "the line has \(lineByteCount) bytes; at most \(Limits.eventLineByteCountMax) are taken"
                )
            )
            : Result { () throws(Rejection) in try EventJSON.decode(line: line) }
    }

    /// An event from the program's own value.
    init(_ draft: EventDraft) {
        var line: [UInt8] = []
        EventJSON.write(draft, into: &line)
        self.draft = .success(draft)
        self.line = line
        lineByteCount = line.count
    }

    /// Bytes that the event takes in a frame.
    var framedByteCount: Int {
        switch draft {
        case .success(let draft): EventRecord.framedByteCount(draft.body)
        case .failure: 0
        }
    }
}

/// Whether the events of one request stand or fall together.
enum Atomicity {
    case each
    case all
}

/// What became of one event.
public typealias AppendOutcome = Result<Receipt, AppendError>
