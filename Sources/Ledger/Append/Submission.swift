package import TradeModel

/// One submitted event: its decoded form, and the line to keep if it is rejected.
package struct Submission {
    let draft: Result<EventDraft, Rejection>
    /// The line that the event came as; nil for a program's own value.
    private let givenLine: EventLine?

    /// An event from a line of JSON.
    package init(_ line: EventLine) {
        givenLine = line
        draft =
            line.byteCount > line.bytes.count
            ? .failure(.tooLarge(lineByteCount: line.byteCount))
            : Result { () throws(Rejection) in try EventJSON.decode(line: line.bytes) }
    }

    /// An event from the program's own value.
    package init(_ draft: EventDraft) {
        self.draft = .success(draft)
        givenLine = nil
    }

    /// The line that a rejection keeps: the original, or the one that the value would have been sent as.
    package var line: EventLine {
        if let givenLine { return givenLine }
        guard case .success(let draft) = draft else { preconditionFailure("what was not decoded came as a line") }
        var bytes: [UInt8] = []
        EventJSON.write(draft, into: &bytes)
        return EventLine(bytes)
    }
}

/// Whether the events of one request are appended atomically.
package enum Atomicity {
    case each
    case all
}

/// What became of one event.
public typealias AppendOutcome = Result<Receipt, AppendError>
