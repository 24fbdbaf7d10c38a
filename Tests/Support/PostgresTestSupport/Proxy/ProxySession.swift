internal import Glibc

/// One session through the proxy: its two sockets, and the data between them.
struct ProxySession {
    /// More than this is not read ahead of the other side.
    private static let waitingByteCountMax = 256 << 10

    let client: Socket
    let server: Socket
    private var fromClient = MessageSplitter.ofClient
    private var fromServer = MessageSplitter.ofServer
    private var script = SessionScript()
    private var toServer = Waiting()
    private var toClient = Waiting()
    /// The data after the fault of a stalled session.
    private var behindStall = (toServer: [UInt8](), toClient: [UInt8]())
    private var isStalled = false
    private var isClientDone = false
    private var isServerDone = false
    /// Whether both sockets are to be closed now.
    private(set) var isOver = false

    /// Bytes that wait to be written.
    private struct Waiting {
        var bytes: [UInt8] = []
        var dueTime = ContinuousClock.now
    }

    init(_ client: Socket, _ server: Socket) {
        self.client = client
        self.server = server
    }

    /// The next time at which data is due to be written.
    var dueTime: ContinuousClock.Instant? {
        isStalled ? nil : [toServer, toClient].filter { !$0.bytes.isEmpty }.map(\.dueTime).min()
    }

    /// What to wait for, of the client and of the server.
    func awaited(at time: ContinuousClock.Instant) -> (client: pollfd, server: pollfd) {
        func awaited(_ socket: Socket, reading: Waiting, isDone: Bool, writing: Waiting) -> pollfd {
            var events: Int32 = 0
            if !isDone && reading.bytes.count < Self.waitingByteCountMax { events |= POLLIN }
            if !writing.bytes.isEmpty && writing.dueTime <= time { events |= POLLOUT }
            // A socket without an awaited event is left out: poll would report its end again and again.
            return pollfd(fd: events == 0 || isStalled ? -1 : socket.descriptor, events: Int16(events), revents: 0)
        }
        return (
            awaited(client, reading: toServer, isDone: isClientDone, writing: toClient),
            awaited(server, reading: toClient, isDone: isServerDone, writing: toServer)
        )
    }

    /// Reads and writes as far as the sockets are ready.
    mutating func proceed(_ client: pollfd, _ server: pollfd, _ state: inout ProxyState) {
        let isReadable = Int16(POLLIN | POLLHUP | POLLERR)
        if client.revents & isReadable != 0 && client.events & Int16(POLLIN) != 0 {
            switch self.client.read() {
            case .bytes(let bytes): passFromClient(bytes, &state)
            case .nothingYet: break
            case .end: isClientDone = true
            }
        }
        if !isStalled && server.revents & isReadable != 0 && server.events & Int16(POLLIN) != 0 {
            switch self.server.read() {
            case .bytes(let bytes): passFromServer(bytes, &state)
            case .nothingYet: break
            case .end: isServerDone = true
            }
        }
        if isStalled { return }
        if client.revents & Int16(POLLOUT) != 0 && !self.client.write(&toClient.bytes) { isOver = true }
        if server.revents & Int16(POLLOUT) != 0 && !self.server.write(&toServer.bytes) { isOver = true }
        if (isClientDone && toServer.bytes.isEmpty) || (isServerDone && toClient.bytes.isEmpty) { isOver = true }
    }

    /// Passes nothing on until `heal`.
    mutating func stall() { isStalled = true }

    /// Continues after a stall.
    mutating func heal() {
        isStalled = false
        toServer.bytes += behindStall.toServer
        toClient.bytes += behindStall.toClient
        behindStall = ([], [])
    }

    private mutating func passFromClient(_ bytes: [UInt8], _ state: inout ProxyState) {
        fromClient.append(bytes)
        while !isOver, let message = fromClient.next() {
            if message.isEncryptionRequest {
                enqueue([UInt8(ascii: "N")], \.toClient, state)
                continue
            }
            let verdict = isStalled ? .hold : script.fromClient(message, &state.armed)
            obey(verdict, message, \.toServer, \.behindStall.toServer, &state)
        }
    }

    private mutating func passFromServer(_ bytes: [UInt8], _ state: inout ProxyState) {
        fromServer.append(bytes)
        while !isOver, let message = fromServer.next() {
            let verdict = isStalled ? .hold : script.fromServer(message, &state.armed)
            obey(verdict, message, \.toClient, \.behindStall.toClient, &state)
        }
    }

    private mutating func obey(
        _ verdict: SessionScript.Verdict,
        _ message: Message,
        _ waiting: WritableKeyPath<ProxySession, Waiting>,
        _ held: WritableKeyPath<ProxySession, [UInt8]>,
        _ state: inout ProxyState
    ) {
        switch verdict {
        case .pass: enqueue(message.bytes, waiting, state)
        case .hold: self[keyPath: held] += message.bytes
        case .fail(let fault, let passingByteCount):
            state.faultCount += 1
            enqueue(Array(message.bytes.prefix(passingByteCount)), waiting, state)
            flush()
            switch fault {
            case .cut: isOver = true
            case .stall:
                self[keyPath: held] += message.bytes.dropFirst(passingByteCount)
                isStalled = true
            }
        }
    }

    private mutating func enqueue(
        _ bytes: [UInt8],
        _ waiting: WritableKeyPath<ProxySession, Waiting>,
        _ state: ProxyState
    ) {
        if self[keyPath: waiting].bytes.isEmpty {
            self[keyPath: waiting].dueTime = .now + .milliseconds(state.delayMilliseconds)
        }
        self[keyPath: waiting].bytes += bytes
    }

    /// Writes the bytes before a fault.
    ///
    /// The sockets accept all of them at once, except large messages.
    private mutating func flush() {
        if !server.write(&toServer.bytes) || !client.write(&toClient.bytes) { isOver = true }
    }
}
