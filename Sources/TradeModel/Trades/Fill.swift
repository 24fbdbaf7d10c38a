/// The fill of an event: an amount at a price, with its fee; for a close also the dust.
struct Fill {
    let amount: Decimal
    let price: Decimal
    private let terms: FillTerms
    private let dust: Dust

    private enum Dust {
        case amount(Decimal)
        case rest
    }

    /// What a fee counts in quote currency.
    enum FeeValue {
        case known(Decimal)
        /// A fee in the base currency: so many coins, and their value.
        case inBase(amount: Decimal, value: Decimal)
        /// A fee in a currency that the event gives no value for.
        case unknown
    }

    /// The fill of an event that opens, increases or reduces.
    @inline(__always)
    init(_ body: EventBody) throws(Rejection) {
        let terms = FillTerms(body.bytes.span)
        guard let amount = terms.amount else { preconditionFailure("\(body.type) has an amount") }
        try self.init(body, terms, amount: amount, dust: .amount(.zero))
    }

    /// The fill of a close: its amount, or all that is open less the dust.
    init(closing body: EventBody, open: Decimal) throws(Rejection) {
        let terms = FillTerms(body.bytes.span)
        let dust: Dust
        if let range = terms.dust {
            let text = body.bytes.span.extracting(range)
            dust = text.holds("rest") ? .rest : .amount(Self.decimal(text))
        } else {
            dust = .amount(.zero)
        }
        try self.init(body, terms, amount: Self.amount(terms.amount, open: open, dust: dust), dust: dust)
    }

    @inline(__always)
    private init(_ body: EventBody, _ terms: FillTerms, amount: Decimal, dust: Dust) throws(Rejection) {
        guard let price = terms.price else { preconditionFailure("\(body.type) has a price") }
        if let given = terms.amount, !given.isPositive {
            throw Rejection(.amountNotPositive, "amount is \(given); it must be more than 0")
        }
        guard price.isPositive || (price.isZero && Self.mayBeWorthless(body)) else {
            throw Rejection(
                .priceNotPositive,
                "price is \(price); it must be more than 0, or 0 on a close whose reason is expired or written_off"
            )
        }
        self.amount = amount
        self.price = price
        self.terms = terms
        self.dust = dust
    }

    /// The fee's value in quote currency: what the event says, else by its currency.
    ///
    /// Currencies are compared as bytes, as the database does: strings in Swift are also equal where Unicode composes
    /// them differently.
    func feeValue(_ body: EventBody, quote: String, base: String) throws(DecimalError) -> FeeValue {
        guard let cost = terms.feeCost else { return .known(.zero) }
        guard let range = terms.feeCurrency else { return .known(terms.feeQuoteCost ?? cost) }
        let currency = body.bytes.span.extracting(range)
        let isInBase = currency.holds(base) && !base.isEmpty
        let value: Decimal
        if let quoteCost = terms.feeQuoteCost {
            value = quoteCost
        } else if currency.holds(quote) {
            value = cost
        } else if isInBase {
            value = try cost.multiplied(by: price)
        } else {
            return .unknown
        }
        return isInBase ? .inBase(amount: cost, value: value) : .known(value)
    }

    /// Checks that amount and dust of a close are together all that is open.
    func checkNothingStaysOpen(of open: Decimal, _ body: EventBody) throws(Rejection) {
        guard case .amount(let dust) = dust else { return }
        let rest = try Self.difference(open, amount)
        guard dust <= rest else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount) and dust \(dust) are together more than the \(open) that trade \(body.subject) has "
                    + "open"
            )
        }
        guard dust == rest else {
            throw Rejection(
                .dustMismatch,
                "the close of trade \(body.subject) would leave \(rest) of \(open) open with dust \(dust); "
                    + "leave amount out to close all, or give dust as \(rest) or \"rest\""
            )
        }
    }

    private static func amount(_ given: Decimal?, open: Decimal, dust: Dust) throws(Rejection) -> Decimal {
        if let given { return given }
        guard case .amount(let dust) = dust else { return open }
        // Dust beyond the open amount is ignored here; `checkNothingStaysOpen` refuses it after the earlier rules.
        return dust <= open ? try difference(open, dust) : .zero
    }

    private static func mayBeWorthless(_ body: EventBody) -> Bool {
        guard body.type == .closed, let reason = body.text(.reason) else { return false }
        return reason == "expired" || reason == "written_off"
    }

    private static func difference(_ open: Decimal, _ amount: Decimal) throws(Rejection) -> Decimal {
        do { return try open.subtracting(amount) } catch {
            throw Rejection(.numberOutOfRange, "what stays open, \(open) − \(amount), does not fit a decimal")
        }
    }

    private static func decimal(_ text: Span<UInt8>) -> Decimal {
        do { return try Decimal(parsing: text) } catch { preconditionFailure("a body holds dust as a decimal or rest") }
    }
}

/// The fields of a fill, found in one walk over the body.
///
/// Texts are ranges within the body, counted from its start, so that nothing here refers to memory.
private struct FillTerms {
    private(set) var amount: Decimal?
    private(set) var price: Decimal?
    private(set) var feeCost: Decimal?
    private(set) var feeCurrency: Range<Int>?
    private(set) var feeQuoteCost: Decimal?
    private(set) var dust: Range<Int>?

    @inline(__always)
    init(_ body: Span<UInt8>) {
        var offset = body.fieldsOffset
        // Fields after the dust are not about the fill.
        while let (field, range) = body.takeField(at: &offset), field.number <= Field.dust.number {
            switch field {
            case .amount: amount = DecimalCoding.decode(body, range)
            case .price: price = DecimalCoding.decode(body, range)
            case .feeCost: feeCost = DecimalCoding.decode(body, range)
            case .feeCurrency: feeCurrency = range
            case .feeQuoteCost: feeQuoteCost = DecimalCoding.decode(body, range)
            case .dust: dust = range
            default: break
            }
        }
    }
}
