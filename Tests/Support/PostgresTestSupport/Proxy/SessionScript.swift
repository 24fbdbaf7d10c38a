/// Follows the messages of one session, and finds the step at which it fails.
struct SessionScript {
    /// What happens to a message.
    enum Verdict: Equatable {
        case pass
        /// It is held back, because a fault follows.
        case hold
        /// This many of its bytes are passed on, and then the session fails.
        case fail(SessionFault, passingByteCount: Int)
    }

    /// The statements that the client has named.
    private var prepared: [String: String] = [:]
    private var copiedByteCount = 0
    /// The fault for the moment when the server has answered the current statement.
    private var pendingFault: SessionFault?
    private var isHoldingAnswers = false
    private var isLoggedIn = false

    /// What happens to a message of the client.
    mutating func fromClient(_ message: Message, _ armed: inout ArmedFault?) -> Verdict {
        switch message.type {
        case "P":
            let texts = message.texts
            if texts.count > 1 { prepared[texts[0]] = texts[1] }
            return .pass
        case "Q": return sending(message.texts.first ?? "", &armed)
        case "B": return sending(message.texts.dropFirst().first.flatMap { prepared[$0] } ?? "", &armed)
        case "d":
            copiedByteCount += message.bytes.count
            guard case .copying(let byteCount) = armed?.step, copiedByteCount >= byteCount else { return .pass }
            let passing = max(0, message.bytes.count - (copiedByteCount - byteCount))
            return claim(&armed).map { .fail($0, passingByteCount: passing) } ?? .pass
        case "c":
            copiedByteCount = 0
            guard armed?.step == .copied else { return .pass }
            return claim(&armed).map { .fail($0, passingByteCount: message.bytes.count) } ?? .pass
        default: return .pass
        }
    }

    /// What happens to a message of the server.
    mutating func fromServer(_ message: Message, _ armed: inout ArmedFault?) -> Verdict {
        let isReady = message.type == "Z"
        if isReady && !isLoggedIn {
            isLoggedIn = true
            guard armed?.step == .login else { return .pass }
            return claim(&armed).map { .fail($0, passingByteCount: message.bytes.count) } ?? .pass
        }
        guard let fault = pendingFault else { return .pass }
        guard isReady else { return isHoldingAnswers ? .hold : .pass }
        pendingFault = nil
        return .fail(fault, passingByteCount: isHoldingAnswers ? 0 : message.bytes.count)
    }

    private mutating func sending(_ statement: String, _ armed: inout ArmedFault?) -> Verdict {
        switch armed?.step {
        case .sending(let text) where Self.has(text, in: statement):
            return claim(&armed).map { .fail($0, passingByteCount: 0) } ?? .pass
        case .executed(let text) where Self.has(text, in: statement):
            pendingFault = claim(&armed)
            isHoldingAnswers = true
        case .answered(let text) where Self.has(text, in: statement):
            pendingFault = claim(&armed)
            isHoldingAnswers = false
        default: break
        }
        return .pass
    }

    /// Whether a statement has these words: READ COMMITTED does not have COMMIT.
    private static func has(_ words: String, in statement: String) -> Bool {
        " \(statement.split { $0.isWhitespace || $0 == ";" }.joined(separator: " ")) ".contains(" \(words) ")
    }

    /// Takes one of the faults that are armed.
    private func claim(_ armed: inout ArmedFault?) -> SessionFault? {
        guard let fault = armed?.fault else { return nil }
        armed?.remainingCount -= 1
        if armed?.remainingCount == 0 { armed = nil }
        return fault
    }
}
