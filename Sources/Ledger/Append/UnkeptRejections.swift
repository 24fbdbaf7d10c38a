import TradeModel

/// Which rejected events of a commit could not be kept because the disk is full.
enum UnkeptRejections {
    case none
    /// Those with the code `disk_full`.
    case forWantOfSpace
    case all

    /// The outcome; if its event was not kept, the message says so.
    func told(_ outcome: AppendOutcome) -> AppendOutcome {
        guard case .failure(.rejected(let rejection)) = outcome, contains(rejection) else { return outcome }
        let message = "\(rejection.message); the line was not kept among the rejected ones, because the disk is full"
        return .failure(.rejected(Rejection(rejection.code, message)))
    }

    private func contains(_ rejection: Rejection) -> Bool {
        switch self {
        case .none: false
        case .forWantOfSpace: rejection.code == .diskFull
        case .all: true
        }
    }
}
