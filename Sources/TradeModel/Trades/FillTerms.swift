/// The fields of a fill, found in one walk over the body.
///
/// Texts are ranges within the body, counted from its start, so that nothing here refers to memory.
struct FillTerms {
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
