internal import CMicrohttpd
internal import Glibc

/// The connection of a client.
final class Client {
    unowned let loop: ServerLoop
    /// The daemon that serves it.
    unowned let daemon: Daemon
    let descriptor: Int32
    let peer: HTTPPeer
    /// The request under way.
    weak var exchange: Exchange?
    /// When the request that is expected, or is arriving, must be here, in milliseconds; nil while none is expected.
    var deadline: Int?
    /// Whether the client may still be sending when the connection is closed.
    var lingers = false
    /// Whether its WebSocket has ended.
    var isEnding = false

    init(_ loop: ServerLoop, _ daemon: Daemon, _ descriptor: Int32, _ peer: HTTPPeer) {
        self.loop = loop
        self.daemon = daemon
        self.descriptor = descriptor
        self.peer = peer
    }

    /// Expects the next request, or the end of the connection.
    func expectRequest() {
        guard !loop.isClosing else { return shutDown() }
        deadline = loop.nextRequestDeadline
        loop.noteDeadline(deadline)
    }

    /// The client sends nothing more.
    ///
    /// libmicrohttpd does not notice that if the end comes together with other bytes: it reads the bytes and waits for
    /// the next ones. Whoever has asked for a stream is taken for gone, so that it need not wait for the next piece.
    func noteEnd() {
        if let stream = exchange?.stream { stream.lose() } else { shutdown(descriptor, Int32(SHUT_RD)) }
    }

    /// Ends the connection; libmicrohttpd then sees its end and closes it.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Answers past libmicrohttpd, which takes no answer while a request is arriving.
    ///
    /// To be called only while nothing else is being sent. With TLS nothing can be sent that way.
    func refuse(_ status: Int) {
        if !daemon.isEncrypted { Self.send(status, to: descriptor) }
    }

    /// Sends a whole answer, as far as the socket takes it.
    static func send(_ status: Int, to descriptor: Int32) {
        let body = ProblemBody.bytes(status)
        let head =
            "HTTP/1.1 \(status) \(ProblemBody.title(status))\r\nContent-Type: application/problem+json\r\n"
            + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        let bytes = Array(head.utf8) + body
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        unsafe bytes.withUnsafeBytes { _ = unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
    }
}

/// The body of an answer that the server gives by itself (RFC 9457).
enum ProblemBody {
    static func title(_ status: Int) -> String {
        unsafe MHD_get_reason_phrase_for(UInt32(status)).map { unsafe String(cString: $0) } ?? "Unknown"
    }

    static func bytes(_ status: Int) -> [UInt8] {
        Array(#"{"type":"about:blank","title":"\#(title(status))","status":\#(status)}"#.utf8)
    }

    /// The answer with this body.
    static func response(_ status: Int) -> HTTPResponse {
        HTTPResponse(status, headers: [HTTPHeader("Content-Type", "application/problem+json")], .bytes(bytes(status)))
    }
}
