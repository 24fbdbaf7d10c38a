/// What an event says about a fill, as it says it: found in one walk over the fields.
struct FillTerms {
    private(set) var amount: Decimal?
    private(set) var price: Decimal?
    private(set) var feeCost: Decimal?
    private(set) var feeCurrency: ArraySlice<UInt8>?
    private(set) var feeQuoteCost: Decimal?
    private(set) var dust: ArraySlice<UInt8>?

    init(_ body: EventBody) {
        let bytes = body.bytes.span
        let start = body.bytes.startIndex
        var offset = bytes.fieldsOffset
        // What lies behind the dust is not about the fill.
        while let (field, range) = bytes.takeField(at: &offset), field.rawValue <= Field.dust.rawValue {
            switch field {
            case .amount: amount = DecimalCoding.decode(bytes, range)
            case .price: price = DecimalCoding.decode(bytes, range)
            case .feeCost: feeCost = DecimalCoding.decode(bytes, range)
            case .feeCurrency: feeCurrency = body.bytes[(start + range.lowerBound)..<(start + range.upperBound)]
            case .feeQuoteCost: feeQuoteCost = DecimalCoding.decode(bytes, range)
            case .dust: dust = body.bytes[(start + range.lowerBound)..<(start + range.upperBound)]
            default: break
            }
        }
    }
}
