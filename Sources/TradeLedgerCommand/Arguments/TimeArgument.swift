internal import TradeModel

extension CommandLineArguments {
    /// A time of an option: RFC 3339 or epoch milliseconds.
    func time(_ name: String) throws(Failure) -> Timestamp? {
        guard let text = self[name] else { return nil }
        let bytes = Array(text.utf8)
        guard let time = Timestamp(rfc3339: bytes.span) ?? Timestamp(milliseconds: bytes.span) else {
            throw Failure(
                .usage,
                "\(name) takes a time such as 2026-01-31T12:00:00Z or epoch milliseconds, not \(text)"
            )
        }
        return time
    }
}
