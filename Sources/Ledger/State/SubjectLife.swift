import TradeModel

/// An open subject that has no fold of its own, and the rules of its life: it begins once, and nothing follows its end
/// unless its family records every fact.
struct SubjectLife: Hashable, Sendable {
    /// The field that holds its id.
    let subject: Field
    /// The sequence of its first event.
    let firstSequence: UInt64
    /// How many events it has.
    var eventCount: UInt64 = 1

    /// Checks that an event may follow, while the subject is open.
    func check(_ body: EventBody) throws(Rejection) {
        if body.type.role == .begins { throw Self.exists(body, firstSequence) }
    }

    /// Checks that an event may follow the events of its subject, which are given in order.
    static func check(_ body: EventBody, after history: [Event]) throws(Rejection) {
        switch body.type.role {
        case .stands: return
        case .begins:
            if let first = history.first { throw exists(body, first.sequence) }
        case .continues where body.type.isAlwaysRecorded, .ends where body.type.isAlwaysRecorded: return
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

    private static func exists(_ body: EventBody, _ sequence: UInt64) -> Rejection {
        Rejection(.subjectExists, "\(name(body)) began at sequence \(sequence); use another \(idName(body))")
    }

    private static func name(_ body: EventBody) -> String { "\(body.type.family.name) \(body.subject)" }

    private static func idName(_ body: EventBody) -> String { body.type.subject?.name ?? "id" }
}
