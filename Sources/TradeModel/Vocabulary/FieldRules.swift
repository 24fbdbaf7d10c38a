/// What must hold for the fields of a type of event beyond each field's own kind.
///
/// The first three are part of the form: a line or a body that breaks one is no event. The last two are checked when an
/// event is admitted, after it was recognised as a retry.
public struct FieldRules: Sendable {
    /// Of these fields the event has exactly one; empty where there is no such rule.
    public let exactlyOne: [Field]
    /// The values that a field of choices has in this type, where these are not all of its choices.
    public let choices: [Field: [String]]
    /// The field whose text is never that of the subject; nil where there is no such rule.
    public let differsFromSubject: Field?
    /// Amounts that are above 0 where the event has them.
    public let positiveAmounts: [Field]
    /// Prices that are above 0 where the event has them.
    public let positivePrices: [Field]

    package init(
        exactlyOne: [Field] = [],
        choices: [Field: [String]] = [:],
        differsFromSubject: Field? = nil,
        positiveAmounts: [Field] = [],
        positivePrices: [Field] = []
    ) {
        self.exactlyOne = exactlyOne
        self.choices = choices
        self.differsFromSubject = differsFromSubject
        self.positiveAmounts = positiveAmounts
        self.positivePrices = positivePrices
    }

    /// Whether a line or a body can break a rule of the form.
    package var concernForm: Bool { !exactlyOne.isEmpty || !choices.isEmpty || differsFromSubject != nil }
}

extension FieldRules {
    /// Which field is missing among those of which the event has exactly one; nil where none is.
    func missing(from present: FieldSet) -> Rejection? {
        guard !exactlyOne.isEmpty, !exactlyOne.contains(where: { present.contains($0) }) else { return nil }
        let names = exactlyOne.map { "\"\($0.name)\"" }.joined(separator: " and ")
        return Rejection(.missingField, "\(names) are missing; the event must have one of them.")
    }
}
