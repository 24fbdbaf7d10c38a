internal import Glibc

/// Passes on the bytes of all sessions of a proxy, on one thread.
struct ProxyLoop {
    let shared: ProxyShared
    private let listener: Socket
    private var isListening = true
    private var sessions: [ProxySession] = []
    /// Accepted connections that lead nowhere.
    private var swallowed: [Socket] = []

    /// `listener` listens.
    init(_ shared: ProxyShared, _ listener: Socket) {
        (self.shared, self.listener) = (shared, listener)
    }

    /// Works until the end of the proxy.
    mutating func run() throws {
        while true {
            let time = ContinuousClock.now
            var awaited = [
                pollfd(fd: shared.wakingEnd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isListening ? listener.descriptor : -1, events: Int16(POLLIN), revents: 0),
            ]
            for session in sessions {
                let (client, server) = session.awaited(at: time)
                awaited += [client, server]
            }
            _ = unsafe poll(&awaited, nfds_t(awaited.count), pauseMilliseconds(from: time))
            if awaited[0].revents != 0 {
                let isEnding = try shared.state { state in
                    try obey(&state)
                    return state.isEnding
                }
                shared.answer()
                if isEnding { return }
                // The awaited events may belong to sessions that are gone.
                continue
            }
            shared.state { state in
                for index in sessions.indices {
                    sessions[index].proceed(awaited[2 + 2 * index], awaited[3 + 2 * index], &state)
                }
            }
            sessions.removeAll(where: \.isOver)
            if isListening, let client = try listener.accept() { shared.state { state in take(client, &state) } }
        }
    }

    /// Carries out the commands for the proxy.
    private mutating func obey(_ state: inout ProxyState) throws {
        for order in state.orders {
            switch order {
            case .cut:
                sessions = []
                swallowed = []
            case .stall: for index in sessions.indices { sessions[index].stall() }
            case .heal:
                for index in sessions.indices { sessions[index].heal() }
                // A client that has waited since it connected gets no answer: it reconnects.
                swallowed = []
            }
        }
        state.orders = []
        if state.isRefusing == isListening {
            if isListening { try listener.stopListening() } else { try listener.listen() }
            isListening.toggle()
        }
    }

    private mutating func take(_ client: Socket, _ state: inout ProxyState) {
        if state.isSwallowing { return swallowed.append(client) }
        if var armed = state.armed, armed.step == .connect {
            state.faultCount += 1
            armed.remainingCount -= 1
            state.armed = armed.remainingCount == 0 ? nil : armed
            if armed.fault == .stall { swallowed.append(client) }
            return
        }
        // Without a server, the client sees its connection end.
        do { sessions.append(ProxySession(client, try Socket.connected(to: state.target))) } catch {}
    }

    private func pauseMilliseconds(from time: ContinuousClock.Instant) -> Int32 {
        guard let dueTime = sessions.compactMap(\.dueTime).filter({ $0 > time }).min() else { return -1 }
        let (seconds, attoseconds) = (dueTime - time).components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
