import Glibc
import HTTP
import LedgerTestSupport
import Synchronization

/// A server for tests, which answers according to the path.
final class TestServer: Sendable {
    /// Faults that the server has reported.
    let problems: Problems
    let server: HTTPServer
    private let handler: Handler

    final class Problems: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Most paths are answered with the method and the body.
    ///
    /// `/held` is answered by `release`, `/stream` sends the output, `/socket` sends it as a WebSocket, and
    /// `/forbidden` is answered without its body.
    final class Handler: HTTPHandler {
        let held = Mutex<[HTTPResponder]>([])
        let holds = Signal()
        let output: TestOutput
        let last = Mutex<HTTPRequest?>(nil)

        init(_ output: TestOutput) { self.output = output }

        func answer(toHead head: HTTPRequestHead) -> HTTPResponse? {
            guard head.path == "/forbidden" else { return nil }
            return HTTPResponse(403, headers: [HTTPHeader("Content-Type", "text/plain")], .bytes(Array("no".utf8)))
        }

        func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
            last.withLock { $0 = request }
            switch request.head.path {
            case "/held":
                held.withLock { $0.append(responder) }
                holds.raise()
            case "/stream":
                let type = HTTPHeader("Content-Type", "text/event-stream")
                responder.send(HTTPResponse(200, headers: [type], .stream(output)))
            case "/socket": responder.send(HTTPResponse(101, .webSocket(output)))
            case "/broken": responder.send(HTTPResponse(200, headers: [HTTPHeader("X", "a\r\nb")], .bytes([])))
            default: responder.send(HTTPResponse(200, .bytes(Array("\(request.head.method)".utf8) + request.body)))
            }
        }
    }

    init(
        _ listener: HTTPListener = .tcp(host: "127.0.0.1", port: 0, tls: nil),
        output: TestOutput = TestOutput(),
        _ change: (inout HTTPLimits) -> Void = { _ in }
    ) throws {
        var limits = HTTPLimits()
        change(&limits)
        let problems = Problems()
        self.problems = problems
        handler = Handler(output)
        server = try HTTPServer(listener, limits: limits, handler: handler) { problem in
            problems.all.withLock { $0.append(problem) }
        }
    }

    /// The request that the handler was given last.
    var lastRequest: HTTPRequest? { handler.last.withLock { $0 } }

    /// A client of it.
    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        guard let port = server.port else { throw SystemFailure(operation: "find the port", number: EINVAL) }
        return try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Waits until so many requests are held, since the last release.
    func waitForHeld(_ count: Int) {
        while handler.held.withLock({ $0.count }) < count { handler.holds.wait() }
    }

    /// Answers the requests that are held.
    func release(_ body: HTTPResponse.Body = .bytes(Array("late".utf8))) {
        let responders = handler.held.withLock { held in
            defer { held = [] }
            return held
        }
        for responder in responders { responder.send(HTTPResponse(200, body)) }
    }
}

/// An output with the pieces that a test gives it.
final class TestOutput: HTTPOutput {
    private struct State {
        var pieces: [HTTPOutputStep] = []
        var waker: HTTPWaker?
        var begun = 0
        var finished = 0
        var asked = 0
        /// What is sent for ever once the pieces are used up.
        var endless: [UInt8]?
    }

    private let state: Mutex<State>
    private let changes = Signal()

    init(endless: [UInt8]? = nil) { state = Mutex(State(endless: endless)) }

    func begin(_ waker: HTTPWaker) {
        state.withLock {
            $0.waker = waker
            $0.begun += 1
        }
        changes.raise()
    }

    func next() -> HTTPOutputStep {
        state.withLock { state in
            state.asked += 1
            if state.pieces.isEmpty { return state.endless.map { .bytes($0) } ?? .wait }
            return state.pieces.removeFirst()
        }
    }

    func finish() {
        state.withLock { $0.finished += 1 }
        changes.raise()
    }

    /// Adds a piece, and wakes the server.
    func add(_ step: HTTPOutputStep) {
        let waker = state.withLock { state in
            state.pieces.append(step)
            return state.waker
        }
        waker?.wake()
    }

    /// Adds a text, and wakes the server.
    func add(_ text: String) { add(.bytes(Array(text.utf8))) }

    var begun: Int { state.withLock { $0.begun } }
    var finished: Int { state.withLock { $0.finished } }
    var asked: Int { state.withLock { $0.asked } }

    /// Waits until the server has finished it.
    func waitForFinish() { while finished == 0 { changes.wait() } }
}

/// Lets threads wait for each other.
@safe
final class Signal: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = .allocate(capacity: 1)
        let result = unsafe sem_init(semaphore, 0, 0)
        precondition(result == 0, "there are semaphores")
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func raise() { unsafe sem_post(semaphore) }
    func wait() { unsafe sem_wait(semaphore) }
}
