/// The answer to a request that succeeded.
package struct Answer: Sendable {
    /// The status code of HTTP.
    package let status: Int
    /// The content type of the body.
    package let contentType: String
    /// The whole body.
    package let body: [UInt8]
    /// The last event that the answer rests on, for its `ETag`; nil where it changes without a new event.
    package let sequence: UInt64?

    /// A JSON document that rests on the events up to a sequence.
    package init(json body: [UInt8], status: Int = 200, at sequence: UInt64?) {
        self.init(body, "application/json", status: status, at: sequence)
    }

    /// A document of some type.
    package init(_ body: [UInt8], _ contentType: String, status: Int = 200, at sequence: UInt64?) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.sequence = sequence
    }
}
