internal import CMicrohttpd
internal import Synchronization

/// One request and its response.
///
/// The thread of the server owns everything but the answer, which any thread may give.
@safe
final class Exchange: @unchecked Sendable {
    private enum Phase {
        /// The head is not here yet.
        case head
        /// The body is arriving, or there is none.
        case body
        /// The handler has the request.
        case handed
        /// The response is being sent, or the connection is being closed.
        case answered
    }

    private enum Answer {
        case none
        /// The connection is suspended until there is one.
        case awaited
        case given(HTTPResponse)
        /// It was sent, or the connection was lost.
        case taken
    }

    let client: Client
    private let connection: OpaquePointer
    private let target: RequestHead.Target?
    private var phase = Phase.head
    private var head: HTTPRequestHead?
    /// Whether it is a request of HTTP/1.0.
    private var isOld = false
    private var body: [UInt8] = []
    private var isSuspended = false
    private var isAborted = false
    private let mailbox: Mailbox
    private let answer = Mutex(Answer.none)
    /// The answer to the head of a request that has no body: the connection goes on after it.
    private var early: HTTPResponse?
    /// The output of a WebSocket that is being opened.
    private var pump: OutputPump?
    /// The stream that is being sent.
    private(set) var stream: StreamReader?

    init(_ client: Client, _ connection: OpaquePointer, target: UnsafePointer<CChar>?) {
        self.client = client
        unsafe self.connection = connection
        self.target = unsafe RequestHead.Target(target)
        mailbox = client.loop.mailbox
        client.exchange = self
        client.deadline = client.loop.arrivalDeadline
        client.loop.noteDeadline(client.deadline)
    }

    /// Whether the request has arrived and the response is not sent yet.
    var isUnderWay: Bool { phase == .handed || phase == .answered }

    /// The answer, from any thread, once.
    func give(_ response: HTTPResponse) {
        enum Next { case wait, post, discard }
        let next = answer.withLock { answer -> Next in
            switch answer {
            case .none:
                answer = .given(response)
                return .wait
            case .awaited:
                answer = .given(response)
                return .post
            case .taken: return .discard
            case .given: preconditionFailure("a request is answered once")
            }
        }
        if next == .discard || next == .post && !mailbox.post(.answer(self)) { Self.discard(response) }
    }

    /// Ends the output of a response that nobody will receive.
    static func discard(_ response: HTTPResponse) {
        switch response.body {
        case .bytes: break
        case .stream(let output), .webSocket(let output): output.finish()
        }
    }

    /// Calls from libmicrohttpd: the head is here, the body is, or the connection goes on after it was suspended.
    func proceed(method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?) -> MHD_Result {
        switch phase {
        case .head: unsafe readHead(method, version)
        case .body: handOver()
        case .handed, .answered: isAborted ? .NO : .YES
        }
    }

    private func readHead(_ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?) -> MHD_Result {
        switch unsafe RequestHead.read(connection, method: method, version: version, target, client) {
        case .refused(let status): return refuse(ProblemBody.response(status))
        case .head(let head, let byteCount, let isOld):
            early = client.loop.handler.answer(toHead: head)
            if let early, byteCount != 0 { return refuse(early) }
            self.head = head
            self.isOld = isOld
            body.reserveCapacity(min(byteCount ?? 0, 64 << 10))
            phase = .body
            return .YES
        }
    }

    /// Answers without reading the body; the connection is closed afterwards.
    private func refuse(_ response: HTTPResponse) -> MHD_Result {
        client.lingers = true
        client.deadline = nil
        return send(response) ? .YES : .NO
    }

    /// Calls from libmicrohttpd: a piece of the body is here.
    func take(_ piece: UnsafeRawBufferPointer) -> MHD_Result {
        guard body.count + piece.count <= client.loop.limits.bodyByteCount else {
            phase = .answered
            client.deadline = nil
            client.lingers = true
            client.refuse(413)
            return .NO
        }
        unsafe body.append(contentsOf: piece)
        return .YES
    }

    private func handOver() -> MHD_Result {
        guard let head, !client.loop.isOver else { return .NO }
        client.deadline = nil
        phase = .handed
        if let early { return send(early) ? .YES : .NO }
        let request = HTTPRequest(head, body: body)
        body = []
        client.loop.handler.answer(request, HTTPResponder { self.give($0) })
        if let response = takeAnswer(orAwait: true) { return send(response) ? .YES : .NO }
        suspend()
        return .YES
    }

    private func takeAnswer(orAwait awaits: Bool) -> HTTPResponse? {
        answer.withLock { answer in
            guard case .given(let response) = answer else {
                if awaits { answer = .awaited }
                return nil
            }
            answer = .taken
            return response
        }
    }

    /// Sends the answer for which the connection was suspended.
    func sendAnswer() {
        guard phase == .handed, let response = takeAnswer(orAwait: false) else { return }
        if !send(response) { isAborted = true }
        resume()
    }

    /// Sends a response, or the status 500 if it cannot be sent; false if the connection must be closed.
    private func send(_ response: HTTPResponse) -> Bool {
        phase = .answered
        if queue(response) { return true }
        client.loop.onProblem("a response with the status \(response.status) cannot be sent")
        return queue(ProblemBody.response(500))
    }

    private func queue(_ response: HTTPResponse) -> Bool {
        let loop = client.loop
        switch response.body {
        case .bytes(let bytes):
            return unsafe RawResponse(bytes).send(response, on: connection, loop)
        case .stream(let output):
            let pump = OutputPump(output, mailbox)
            guard head?.method != "HEAD" else {
                // libmicrohttpd would send the end of a body.
                pump.begin()
                pump.finish()
                return unsafe RawResponse([]).send(response, on: connection, loop)
            }
            let reader = StreamReader(pump, self)
            stream = reader
            return unsafe RawResponse(reader).send(response, on: connection, loop)
        case .webSocket(let output):
            guard let head else { return false }
            switch WebSocketHandshake(head, isOld: isOld) {
            case .refused(let refusal):
                output.finish()
                return queue(refusal)
            case .accepted(let fields):
                pump = OutputPump(output, mailbox)
                let opening = HTTPResponse(101, headers: fields + response.headers, .bytes([]))
                return unsafe RawResponse(upgrade: ()).send(opening, on: connection, loop)
            }
        }
    }

    /// Called by libmicrohttpd when the connection belongs to a WebSocket.
    func upgrade(_ descriptor: Int32, _ handle: OpaquePointer, early: [UInt8]) {
        guard let pump else { return }
        self.pump = nil
        let session = unsafe mhd_tls_session(connection)
        let socket = unsafe WebSocket(client, descriptor, handle, session, pump, early: early)
        client.loop.add(socket, descriptor)
    }

    /// Keeps the connection out of libmicrohttpd's loop.
    ///
    /// To be called within a call from libmicrohttpd.
    func suspend() {
        isSuspended = true
        unsafe MHD_suspend_connection(connection)
    }

    /// Lets a suspended connection go on.
    func resume() {
        guard isSuspended else { return }
        isSuspended = false
        client.loop.isRunDue = true
        unsafe MHD_resume_connection(connection)
    }

    /// Closes the connection of a request that waits for its answer.
    func abort() {
        isAborted = true
        stream?.lose()
        resume()
    }

    /// Called by libmicrohttpd when the response was sent, or the connection was lost.
    func end() {
        let response = answer.withLock { answer -> HTTPResponse? in
            defer { answer = .taken }
            if case .given(let response) = answer { return response }
            return nil
        }
        if let response { Self.discard(response) }
        pump?.finish()
        client.exchange = nil
        client.expectRequest()
    }
}
