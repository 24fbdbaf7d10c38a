/// A decoder that takes bytes from outside, with the properties that it has for any bytes at all.
///
/// Any input is refused with an error, or is exactly what the encoder would have written.
package enum FuzzedDecoder: String, CaseIterable, Sendable {
    /// A whole frame: header, records, bodies.
    case frame
    /// The content of a segment file, run through recovery and the readers.
    case segment
    /// The content of a sealed segment.
    case sealed
    /// A line of JSON.
    case json
    /// A line of JSON, through the decoder of usual lines and through the one of all lines.
    case line
    /// A proof of a trade, or checkpoints.
    case proof
    /// What a request to the service has in its head and its body.
    case request

    /// Runs the decoder over an input.
    ///
    /// Throws the property that the input breaks; traps if the decoder does.
    package func check(_ input: [UInt8]) throws(BrokenProperty) {
        switch self {
        case .frame: try FrameProperties.check(Preparation.frame(input))
        case .segment: try SegmentProperties(Preparation.segment(input)).check()
        case .sealed: try SealedProperties(Preparation.sealed(input)).check()
        case .json: try LineProperties.check(input)
        case .line: try LineProperties.checkAgreement(input)
        case .proof: try ProofProperties.check(input)
        case .request: try RequestProperties.check(input)
        }
    }
}
