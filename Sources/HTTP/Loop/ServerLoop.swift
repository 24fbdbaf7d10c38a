internal import CLedgerShims
internal import Glibc
internal import Synchronization

/// Everything that the thread of a server does: it takes connections, has libmicrohttpd serve them, and sends the
/// answers and the outputs of other threads.
///
/// After `init` only that thread uses it; other threads leave messages in the mailbox.
final class ServerLoop: @unchecked Sendable {
    let mailbox: Mailbox
    let limits: HTTPLimits
    let handler: any HTTPHandler
    let onProblem: @Sendable (String) -> Void
    /// Whether the server ends once the answers under way are sent.
    private(set) var isClosing = false
    /// Whether no connection goes on: libmicrohttpd may be stopped only when none is suspended.
    private(set) var isOver = false
    private var poller: Poller
    private var listener: ListeningSocket?
    /// The last one gets new connections; the others end with theirs.
    private var daemons: [Daemon] = []
    private var clients: [Int32: Client] = [:] {
        didSet { clientCount.store(clients.count, ordering: .relaxed) }
    }
    /// How many clients there are, for other threads.
    let clientCount = Atomic<Int>(0)
    private var webSockets: [Int32: WebSocket] = [:]
    private var clientCounts: [HTTPPeer: Int] = [:]
    private var lingering = LingeringSockets()
    private var spare: SpareDescriptor
    /// Whether a connection goes on, of which its daemon learns in the next run.
    var isRunDue = false
    /// How many connections of WebSockets have ended and are not closed yet.
    private var endingCount = 0
    /// The client whose connection is being added to a daemon.
    private var incoming: Client?
    private var messages: [Mailbox.Message] = []
    /// The time of this round, in milliseconds.
    private(set) var now = 0
    /// No deadline of a client is before this time.
    private var nextDeadline: Int?
    private var closesAt: Int?
    /// When connections are accepted again after the system had no descriptor for one.
    private var acceptsAt: Int?

    init(
        _ listener: consuming ListeningSocket,
        _ limits: HTTPLimits,
        _ handler: any HTTPHandler,
        _ onProblem: @escaping @Sendable (String) -> Void
    ) throws(HTTPError) {
        mailbox = try Mailbox()
        poller = try Poller()
        spare = SpareDescriptor()
        self.limits = limits
        self.handler = handler
        self.onProblem = onProblem
        poller.set(mailbox.descriptor, .readable, .mailbox)
        poller.set(listener.descriptor, .readable, .listener)
        self.listener = consume listener
    }

    /// Serves until the server is closed.
    func run() {
        while isGoingOn {
            var accepts = false
            let isBusy = daemons.contains { $0.timeout == 0 }
            let count = poller.wait(milliseconds: timeout)
            now = Self.clock()
            for index in 0..<count {
                switch poller.tag(ofEvent: index) {
                case .mailbox, .daemon: break
                case .listener: accepts = true
                case .client(let descriptor): clients[descriptor]?.noteEnd()
                case .webSocket(let descriptor): webSockets[descriptor]?.work()
                case .lingering(let descriptor): lingering.read(descriptor, poller)
                }
            }
            readMessages()
            if accepts { accept() }
            keepDeadlines()
            runDaemons()
            // What ends a WebSocket with TLS is seen in one run, and done in the next one.
            if endingCount > 0, count > 0 || isBusy { isRunDue = true }
            endOldDaemons()
        }
        end()
    }

    private func runDaemons() {
        isRunDue = false
        for daemon in daemons { daemon.run() }
    }

    private var isGoingOn: Bool {
        guard let closesAt else { return true }
        return now < closesAt && !clients.isEmpty
    }

    private var timeout: Int32 {
        if isRunDue { return 0 }
        let times = [nextDeadline, closesAt, acceptsAt, lingering.nextDeadline]
        var wait = times.reduce(Int.max) { min($0, $1.map { max(0, $0 - now) } ?? .max) }
        for daemon in daemons { wait = min(wait, daemon.timeout ?? .max) }
        return wait == .max ? -1 : Int32(clamping: wait)
    }

    private static func clock() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}

extension ServerLoop {
    private func readMessages() {
        mailbox.take(into: &messages)
        for message in messages {
            switch message {
            case .answer(let exchange): exchange.sendAnswer()
            case .wake(let pump): pump.answerWake()
            case .use(let daemon): use(daemon)
            case .stopAccepting: stopAccepting()
            case .close(let milliseconds): beginClosing(milliseconds)
            }
        }
        messages.removeAll(keepingCapacity: true)
    }

    /// Gives new connections to a daemon.
    func use(_ daemon: Daemon) {
        daemons.append(daemon)
        poller.set(daemon.descriptor, .readable, .daemon)
    }

    private func endOldDaemons() {
        guard daemons.count > 1 else { return }
        for daemon in daemons.dropLast() where daemon.connectionCount == 0 { daemon.stop() }
        daemons = daemons.dropLast().filter { $0.connectionCount > 0 } + daemons.suffix(1)
    }

    private func stopAccepting() {
        guard let descriptor = listener?.descriptor else { return }
        poller.remove(descriptor)
        listener = nil
    }

    private func beginClosing(_ milliseconds: Int) {
        stopAccepting()
        isClosing = true
        closesAt = now + milliseconds
        for client in clients.values {
            guard let exchange = client.exchange, exchange.isUnderWay else {
                client.shutDown()
                continue
            }
            exchange.stream?.end()
        }
        for socket in webSockets.values { socket.close(1_001, "the server stops") }
    }

    private func end() {
        isOver = true
        for socket in webSockets.values { socket.end() }
        for client in clients.values { client.exchange?.abort() }
        runDaemons()
        for daemon in daemons { daemon.stop() }
        lingering.closeAll()
        mailbox.close()
    }
}

extension ServerLoop {
    /// So many connections are accepted in a round, between which others are served.
    private static let acceptedPerRound = 64

    private func accept() {
        guard let descriptor = listener?.descriptor else { return }
        for _ in 0..<Self.acceptedPerRound {
            var address = SocketAddress()
            let accepted = unsafe address.withPointer { unsafe ledger_accept(descriptor, $0, $1) }
            if accepted >= 0 {
                add(accepted, &address)
            } else if errno == EMFILE || errno == ENFILE {
                guard refuseWithSpareDescriptor(descriptor) else { return }
            } else {
                // The connection has ended already, or there is none.
                guard errno == ECONNABORTED || errno == EINTR || errno == EPROTO else { return }
            }
        }
    }

    private func add(_ descriptor: Int32, _ address: inout SocketAddress) {
        let peer = address.host.map { HTTPPeer.address($0) } ?? .unixSocket
        guard let daemon = daemons.last else { return }
        if clients.count >= limits.connectionCount { return refuse(503, descriptor, daemon) }
        if peer != .unixSocket {
            guard clientCounts[peer, default: 0] < limits.connectionCountPerAddress else {
                return refuse(429, descriptor, daemon)
            }
            clientCounts[peer, default: 0] += 1
        }
        let client = Client(self, daemon, descriptor, peer)
        clients[descriptor] = client
        daemon.connectionCount += 1
        client.deadline = arrivalDeadline
        noteDeadline(client.deadline)
        watchForEnd(client)
        incoming = client
        if !daemon.add(descriptor, &address) { forget(client) }
    }

    private func refuse(_ status: Int, _ descriptor: Int32, _ daemon: Daemon) {
        if !daemon.isEncrypted { Client.send(status, to: descriptor) }
        close(descriptor)
    }

    /// Refuses a connection for which the system has no descriptor; false if it cannot even do that.
    private func refuseWithSpareDescriptor(_ listener: Int32) -> Bool {
        let isRefused = spare.use {
            let accepted = ledger_accept(listener, nil, nil)
            guard accepted >= 0, let daemon = daemons.last else { return false }
            refuse(503, accepted, daemon)
            return true
        }
        if !isRefused {
            poller.remove(listener)
            acceptsAt = now + 100
        }
        return isRefused
    }

    /// The client whose connection is being added.
    func takeIncoming() -> Client? {
        defer { incoming = nil }
        return incoming
    }

    /// Forgets a client whose connection is about to be closed.
    func forget(_ client: Client) {
        guard clients[client.descriptor] === client else { return }
        clients[client.descriptor] = nil
        poller.remove(client.descriptor)
        client.daemon.connectionCount -= 1
        if client.isEnding { endingCount -= 1 }
        if client.lingers, !isClosing { lingering.keep(client.descriptor, until: now + 2_000, poller) }
        guard let count = clientCounts[client.peer] else { return }
        clientCounts[client.peer] = count > 1 ? count - 1 : nil
    }

}

extension ServerLoop {
    /// Begins to serve a WebSocket.
    func add(_ socket: WebSocket, _ descriptor: Int32) {
        webSockets[descriptor] = socket
        noteDeadline(socket.deadline)
        socket.begin()
        if isClosing { socket.close(1_001, "the server stops") }
    }

    /// Forgets a WebSocket of which the descriptor is about to be closed.
    ///
    /// With TLS the client may still have to read something; then its connection is closed after a time.
    func remove(_ descriptor: Int32, of client: Client, milliseconds: Int) {
        poller.remove(descriptor)
        if descriptor != client.descriptor { watchForEnd(client) }
        webSockets[descriptor] = nil
        client.isEnding = true
        client.deadline = now + milliseconds
        noteDeadline(client.deadline)
        endingCount += 1
        isRunDue = true
    }

    /// Waits until a WebSocket can be read, or where its connection is full, written.
    ///
    /// With TLS it is read from another descriptor than that of the client's connection.
    func watch(_ descriptor: Int32, of client: Client, isFull: Bool) {
        if isFull {
            if descriptor != client.descriptor { poller.remove(descriptor) }
            poller.set(client.descriptor, .writable, .webSocket(descriptor))
        } else {
            if descriptor != client.descriptor { watchForEnd(client) }
            poller.set(descriptor, .readable, .webSocket(descriptor))
        }
    }

    /// Learns when a client ends its connection.
    private func watchForEnd(_ client: Client) { poller.set(client.descriptor, .peerEnd, .client(client.descriptor)) }
}

extension ServerLoop {
    /// When a request must be here that begins now.
    var arrivalDeadline: Int { now + limits.arrivalSeconds * 1_000 }

    /// When a request must be here that may begin as late as an idle connection is kept.
    var nextRequestDeadline: Int { now + (limits.idleSeconds + limits.arrivalSeconds) * 1_000 }

    /// Looks at the clients at that time.
    func noteDeadline(_ deadline: Int?) {
        guard let deadline else { return }
        nextDeadline = min(nextDeadline ?? deadline, deadline)
    }

    private func keepDeadlines() {
        lingering.closeLate(now, poller)
        if let acceptsAt, acceptsAt <= now, let listener = listener?.descriptor {
            self.acceptsAt = nil
            poller.set(listener, .readable, .listener)
        }
        guard let nextDeadline, nextDeadline <= now else { return }
        self.nextDeadline = nil
        for socket in webSockets.values where socket.deadline <= now { socket.keepDeadline() }
        for socket in webSockets.values { noteDeadline(socket.deadline) }
        for client in clients.values {
            guard let deadline = client.deadline else { continue }
            if deadline > now {
                noteDeadline(deadline)
            } else {
                client.deadline = nil
                client.refuse(408)
                client.shutDown()
            }
        }
    }
}
