package import TradeModel

/// The halts that are in force.
package struct Halts: Hashable, Sendable {
    /// A halt, from the event that began it.
    package struct Halt: Hashable, Sendable {
        let scope: Scope
        /// The sequence of the event that began it.
        package let sequence: UInt64
        /// The event that began it, with bytes of its own.
        let body: EventBody
    }

    /// In the order in which they began.
    package private(set) var inForce: [Halt] = []

    /// None.
    package init() {}

    /// Takes in an event about a scope; other events change nothing.
    package mutating func apply(_ body: EventBody, sequence: UInt64) {
        guard body.type == .riskHalted || body.type == .riskResumed else { return }
        guard let scope = Scope(body.bytes.span.extracting(body.bytes.span.subjectRange)) else {
            preconditionFailure("the body of an event about a scope has one")
        }
        if body.type == .riskResumed {
            inForce.removeAll { $0.scope == scope }
        } else if !inForce.contains(where: { $0.scope == scope }) {
            inForce.append(Halt(scope: scope, sequence: sequence, body: body.copied()))
        }
    }

    /// The first halt that covers an event, by what the event says of strategy, symbol, account and venue.
    package func covering(_ body: EventBody) -> Halt? {
        inForce.first { $0.scope.covers(body) }
    }

    /// Checks that no halt refuses an event.
    ///
    /// Throws `halted`, and names the halt.
    func check(_ body: EventBody) throws(Rejection) {
        guard !inForce.isEmpty, body.type.increasesRisk, !body.type.isAboutTrade, let halt = covering(body),
            body.text(.reduceOnly) != "true"
        else { return }
        let reason = halt.body.text(.reason).map { " because of \"\($0)\"" } ?? ""
        let actor = halt.body.text(.actor).map { " by \($0)" } ?? ""
        throw Rejection(
            .halted,
            "\(halt.body.subject) was halted at sequence \(halt.sequence)\(actor)\(reason); "
                + "wait until it is resumed, or send a reduce_only order"
        )
    }
}
