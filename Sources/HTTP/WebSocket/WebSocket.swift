internal import CMicrohttpd
internal import CWslay
internal import Glibc

/// Sends an output as the text messages of a WebSocket, as fast as the connection takes them.
///
/// What the client sends is read and forgotten.
@safe
final class WebSocket: OutputPump.Taker {
    /// A longer message of a client closes the connection with the code 1009.
    private static let receivedByteCountMax: UInt64 = 64 << 10
    /// So many bytes are read in a round, between which others are served: each may be a ping that wants an answer.
    private static let byteCountPerRound = 16 << 10
    /// So many bytes of frames wait for the connection.
    private static let sentByteCountMax = 32 << 10
    /// So many buffers are sent in a round.
    private static let buffersPerRound = 8
    /// How long the client may take to answer a close frame, in milliseconds.
    private static let closingTime = 5_000

    /// When it has something to do even if nothing comes.
    private(set) var deadline: Int
    private let descriptor: Int32
    private let handle: OpaquePointer
    /// The TLS session.
    ///
    /// Where there is one, what is written to the descriptor goes to libmicrohttpd, which sends four bytes at a time.
    /// So only reading uses the descriptor.
    private let session: UnsafeMutableRawPointer?
    private let pump: OutputPump
    private let client: Client
    private unowned let loop: ServerLoop
    private let idleTime: Int
    private var frames: OpaquePointer?
    /// Bytes that libmicrohttpd has read after the request.
    private var early: ArraySlice<UInt8>
    private var unsent: [UInt8] = []
    private var sentByteCount = 0
    private var readable = 0
    private var isEnding = false
    private var hasEnded = false
    /// Whether nothing more can be read.
    private var isLost = false
    /// Whether the connection takes nothing at the moment; nil before the first attempt.
    private var isFull: Bool?
    private var receivedAt: Int

    init(
        _ client: Client,
        _ descriptor: Int32,
        _ handle: OpaquePointer,
        _ session: UnsafeMutableRawPointer?,
        _ pump: OutputPump,
        early: [UInt8]
    ) {
        self.client = client
        self.descriptor = descriptor
        unsafe self.handle = handle
        unsafe self.session = session
        self.pump = pump
        loop = client.loop
        self.early = early[...]
        idleTime = loop.limits.idleSeconds * 1_000
        receivedAt = loop.now
        deadline = loop.now + idleTime
        var callbacks = wslay_event_callbacks()
        unsafe callbacks.recv_callback = unsafe receiveBytes
        unsafe callbacks.send_callback = unsafe sendBytes
        let result = unsafe wslay_event_context_server_init(
            &frames,
            &callbacks,
            Unmanaged.passUnretained(self).toOpaque()
        )
        precondition(result == 0, "there is memory for a WebSocket")
        unsafe wslay_event_config_set_max_recv_msg_length(frames, Self.receivedByteCountMax)
        pump.taker = self
        // A frame is small, and nothing follows that it could wait for.
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { unsafe wslay_event_context_free(frames) }

    /// Begins to read and to send.
    func begin() {
        pump.begin()
        work()
    }

    func continueOutput() { send() }

    /// Reads what has come, and sends what there is.
    func work() {
        guard !hasEnded else { return }
        readable = Self.byteCountPerRound
        let result = unsafe wslay_event_recv(frames)
        if isLost { return end() }
        if result != 0 { queueClose(UInt16(WSLAY_CODE_PROTOCOL_ERROR.rawValue), "") }
        send()
    }

    /// Closes the WebSocket with a code, as if the output had ended.
    func close(_ code: UInt16, _ reason: String) {
        queueClose(code, reason)
        send()
    }

    /// Pings a client from which nothing has come for a while, and closes the connection where nothing has come since.
    func keepDeadline() {
        guard !hasEnded else { return }
        let silence = loop.now - receivedAt
        if isEnding || silence >= 2 * idleTime { return end() }
        if silence >= idleTime {
            deadline = receivedAt + 2 * idleTime
            var ping = unsafe wslay_event_msg(opcode: UInt8(WSLAY_PING.rawValue), msg: nil, msg_length: 0)
            unsafe wslay_event_queue_msg(frames, &ping)
            send()
        } else {
            deadline = receivedAt + idleTime
        }
    }

    /// Ends the output, and the connection.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        loop.remove(descriptor, of: client, milliseconds: Self.closingTime)
        pump.finish()
        unsafe mhd_close_upgraded(handle)
    }

    private func send() {
        guard !hasEnded else { return }
        var hasMore = true
        for _ in 0..<Self.buffersPerRound where hasMore && unsent.isEmpty {
            hasMore = fill()
            guard flush() else { return end() }
        }
        let isFull = hasMore || !unsent.isEmpty
        if !isFull {
            let isOver = unsafe wslay_event_want_read(frames) == 0
            if isOver { return end() }
        }
        // While the client takes nothing, nothing is read: answers to its pings would pile up.
        if isFull != self.isFull { loop.watch(descriptor, of: client, isFull: isFull) }
        self.isFull = isFull
    }

    /// Puts frames into the buffer; false once there is nothing more to send.
    private func fill() -> Bool {
        while unsent.count < Self.sentByteCountMax {
            let isIdle = unsafe wslay_event_want_write(frames) == 0
            if isIdle, isEnding || !produce() { return false }
            guard unsafe wslay_event_send(frames) == 0 else { return false }
        }
        return true
    }

    /// Queues the next piece of the output; false if there is none yet.
    private func produce() -> Bool {
        switch pump.next() {
        case .bytes(let bytes):
            unsafe bytes.withUnsafeBufferPointer {
                var message = unsafe wslay_event_msg(
                    opcode: UInt8(WSLAY_TEXT_FRAME.rawValue),
                    msg: $0.baseAddress,
                    msg_length: $0.count
                )
                unsafe wslay_event_queue_msg(frames, &message)
            }
            return true
        case .wait: return false
        case .end(let code, let reason):
            queueClose(code, reason)
            return true
        }
    }

    private func queueClose(_ code: UInt16, _ reason: String) {
        guard !isEnding else { return }
        isEnding = true
        deadline = loop.now + Self.closingTime
        loop.noteDeadline(deadline)
        // A control frame has room for 123 bytes of text.
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        unsafe wslay_event_queue_close(frames, code, Array(text.utf8), text.utf8.count)
    }

    /// Sends what is in the buffer, as far as the connection takes it; false if the connection was lost.
    private func flush() -> Bool {
        while sentByteCount < unsent.count {
            let count = unsafe unsent.withUnsafeBytes {
                unsafe write(UnsafeRawBufferPointer(rebasing: $0[sentByteCount...]))
            }
            guard count > 0 else { return count == 0 }
            sentByteCount += count
        }
        unsent.removeAll(keepingCapacity: true)
        sentByteCount = 0
        return true
    }

    /// The number of bytes that the connection has taken, 0 if it takes none now, -1 if it was lost.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let session = unsafe session { return unsafe mhd_tls_send(session, bytes.baseAddress, bytes.count) }
        let count = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count
    }

    fileprivate func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let limit = min(buffer.count, readable)
        guard limit > 0 else { return fail(WSLAY_ERR_WOULDBLOCK) }
        if !early.isEmpty {
            let piece = early.prefix(limit)
            unsafe buffer.copyBytes(from: piece)
            early = early.dropFirst(piece.count)
            return noteReceived(piece.count)
        }
        let count = unsafe recv(descriptor, buffer.baseAddress, limit, Int32(MSG_DONTWAIT))
        if count > 0 { return noteReceived(count) }
        isLost = count == 0 || errno != EAGAIN && errno != EINTR
        return fail(isLost ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK)
    }

    private func noteReceived(_ count: Int) -> Int {
        readable -= count
        receivedAt = loop.now
        return count
    }

    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard unsent.count < Self.sentByteCountMax else { return fail(WSLAY_ERR_WOULDBLOCK) }
        unsafe unsent.append(contentsOf: bytes)
        return bytes.count
    }

    private func fail(_ error: wslay_error) -> Int {
        unsafe wslay_event_set_error(frames, error.rawValue)
        return -1
    }
}

private func receiveBytes(
    _: OpaquePointer?,
    _ buffer: UnsafeMutablePointer<UInt8>?,
    _ byteCount: Int,
    _: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return -1 }
    let socket = unsafe Unmanaged<WebSocket>.fromOpaque(context).takeUnretainedValue()
    return unsafe socket.receive(UnsafeMutableRawBufferPointer(start: buffer, count: byteCount))
}

private func sendBytes(
    _: OpaquePointer?,
    _ bytes: UnsafePointer<UInt8>?,
    _ byteCount: Int,
    _: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return -1 }
    let socket = unsafe Unmanaged<WebSocket>.fromOpaque(context).takeUnretainedValue()
    return unsafe socket.take(UnsafeRawBufferPointer(start: bytes, count: byteCount))
}
