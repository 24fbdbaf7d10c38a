internal import TradeModel

extension CommandLineArguments {
    /// A time of an option: RFC 3339, a date alone for its first moment in UTC, or epoch milliseconds.
    func time(_ name: String) throws(Failure) -> Timestamp? {
        guard let text = self[name] else { return nil }
        if let time = Timestamp(argument: text) { return time }
        let bytes = Array(text.utf8)
        guard let time = Timestamp(milliseconds: bytes.span) else {
            throw Failure(
                .usage,
                "\(name) takes a time such as 2026-01-31T12:00:00Z, a date or epoch milliseconds, not \(text)"
            )
        }
        // `date +%s` gives seconds, which as milliseconds would be a day in 1970.
        guard time >= .leastMilliseconds else {
            let seconds = Timestamp(microsecondsSince1970: time.microsecondsSince1970 * 1000)
            throw Failure(
                .usage,
                "\(name) takes epoch milliseconds, and \(text) would be \(time); as seconds it would be \(seconds): "
                    + "write the time as RFC 3339"
            )
        }
        return time
    }
}

extension Timestamp {
    /// A time as a person writes it: RFC 3339, or a date alone for its first moment in UTC.
    init?(argument text: String) {
        let isDate = text.utf8.count == "2026-01-31".utf8.count
        self.init(isDate ? text + "T00:00:00Z" : text)
    }
}
