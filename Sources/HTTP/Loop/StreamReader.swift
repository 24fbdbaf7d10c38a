internal import CMicrohttpd

/// Sends an output as the body of a response, as fast as the connection takes it.
final class StreamReader: OutputPump.Taker {
    let pump: OutputPump
    private unowned let exchange: Exchange
    /// What did not fit into the last buffer.
    private var rest: ArraySlice<UInt8> = []
    /// Whether the body ends as soon as the output has nothing more at once.
    private var isClosing = false
    private var isEnding = false
    private var isLost = false

    init(_ pump: OutputPump, _ exchange: Exchange) {
        self.pump = pump
        self.exchange = exchange
        pump.taker = self
    }

    func continueOutput() { exchange.resume() }

    /// Ends the body with what the output has now: it may have been woken to say why it ends.
    func end() {
        isClosing = true
        exchange.resume()
    }

    /// Closes the connection, because the client has ended it.
    func lose() {
        isLost = true
        exchange.resume()
    }

    /// Fills the buffer of libmicrohttpd.
    ///
    /// The number of bytes, 0 if the connection is suspended until there are more, -1 at the end, -2 to close the
    /// connection.
    fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !isLost, !exchange.client.loop.isOver else { return -2 }
        var count = 0
        while count < buffer.count {
            if rest.isEmpty {
                guard !isEnding else { break }
                switch pump.next() {
                case .bytes(let bytes): rest = bytes[...]
                case .wait where isClosing: isEnding = true
                case .wait:
                    if count == 0 { exchange.suspend() }
                    return count
                case .end: isEnding = true
                }
            }
            let piece = rest.prefix(buffer.count - count)
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            count += piece.count
        }
        return count == 0 ? -1 : count
    }
}

func readStream(
    _ context: UnsafeMutableRawPointer?,
    _: UInt64,
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ byteCount: Int
) -> Int {
    guard let context = unsafe context else { return -2 }
    let reader = unsafe Unmanaged<StreamReader>.fromOpaque(context).takeUnretainedValue()
    return unsafe reader.fill(UnsafeMutableRawBufferPointer(start: buffer, count: byteCount))
}

func endStream(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<StreamReader>.fromOpaque(context).takeRetainedValue().pump.finish()
}
