import TradeModel

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
