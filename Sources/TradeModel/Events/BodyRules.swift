/// What the rules of a type say about a body.
extension FieldRules {
    /// Which rule of the form a body breaks, whose fields are in order; nil where it breaks none.
    func formFault(in body: Span<UInt8>) -> Rejection? {
        let subject = body.extracting(body.subjectRange)
        var present = FieldSet()
        var offset = body.fieldsOffset
        while let (field, range) = body.takeField(at: &offset) {
            present.insert(field)
            if let fault = fault(in: body.extracting(range), of: field, subject: subject) { return fault }
        }
        if let fault = missing(from: present) { return fault }
        let given = exactlyOne.filter { present.contains($0) }.map { "\"\($0.name)\"" }
        guard given.count > 1 else { return nil }
        return Rejection(
            .invalidField,
            "The event has \(given.joined(separator: " and ")), but must have only one of them."
        )
    }

    private func fault(in text: Span<UInt8>, of field: Field, subject: Span<UInt8>) -> Rejection? {
        if let choices = choices[field] {
            for choice in choices where text.holds(choice) { return nil }
            return Rejection(
                .invalidField,
                "\"\(field.name)\" is \(excerpt(of: text)), but must be one of \(choices.joined(separator: ", "))."
            )
        }
        guard field == differsFromSubject, text.holds(subject) else { return nil }
        return Rejection(
            .invalidField,
            "\"\(field.name)\" is \(excerpt(of: text)), which the event is about itself; name another one."
        )
    }

    /// Checks what is checked when an event is admitted.
    ///
    /// Throws `amount_not_positive` or `price_not_positive`.
    package func checkValues(of body: EventBody) throws(Rejection) {
        for field in positiveAmounts {
            guard let amount = body.decimal(field), !amount.isPositive else { continue }
            throw Rejection(.amountNotPositive, "\"\(field.name)\" is \(amount), but must be above 0")
        }
        for field in positivePrices {
            guard let price = body.decimal(field), !price.isPositive else { continue }
            throw Rejection(.priceNotPositive, "\"\(field.name)\" is \(price), but must be above 0")
        }
    }
}

extension Scope {
    /// Whether an event is on what the scope names; one without an account is on `default`.
    package func covers(_ body: EventBody) -> Bool {
        switch kind {
        case nil: true
        case .strategy: body.textBytes(.strategy)?.elementsEqual(name) ?? false
        case .symbol: body.textBytes(.symbol)?.elementsEqual(name) ?? false
        case .account: (body.textBytes(.account) ?? EventBody.defaultAccount).elementsEqual(name)
        case .venue: body.textBytes(.venue)?.elementsEqual(name) ?? false
        }
    }
}

extension EventBody {
    /// The account of events that name none.
    package static let defaultAccount = ArraySlice("default".utf8)
}
