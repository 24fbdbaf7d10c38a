internal import CMicrohttpd

/// A response of libmicrohttpd, until it is released; a connection that sends it holds it too.
@safe
struct RawResponse: ~Copyable {
    private let raw: OpaquePointer?

    /// A response with a body of these bytes.
    init(_ bytes: [UInt8]) {
        var bytes = bytes
        unsafe raw = bytes.withUnsafeMutableBytes {
            unsafe MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
        }
    }

    /// A response with a body that is produced while it is sent.
    ///
    /// Its output begins now, and ends with the response.
    init(_ reader: StreamReader) {
        reader.pump.begin()
        let context = unsafe Unmanaged.passRetained(reader).toOpaque()
        unsafe raw = MHD_create_response_from_callback(.max, Self.blockByteCount, readStream, context, endStream)
        if unsafe raw == nil { unsafe endStream(context) }
    }

    /// A response that hands the connection over to a WebSocket.
    init(upgrade: Void) { unsafe raw = MHD_create_response_for_upgrade(beginWebSocket, nil) }

    deinit {
        if let raw = unsafe raw { unsafe MHD_destroy_response(raw) }
    }

    /// The buffer that HTTP/1.0 needs; HTTP/1.1 uses the memory of the connection.
    private static let blockByteCount = 4 << 10

    /// Has a connection send it; false if it cannot be sent.
    func send(_ response: HTTPResponse, on connection: OpaquePointer, _ loop: ServerLoop) -> Bool {
        guard let raw = unsafe raw else { return false }
        for header in response.headers {
            guard unsafe MHD_add_response_header(raw, header.name, header.value) == .YES else { return false }
        }
        if loop.isClosing, response.status != 101 { unsafe MHD_add_response_header(raw, "Connection", "close") }
        return unsafe MHD_queue_response(connection, UInt32(response.status), raw) == .YES
    }
}
