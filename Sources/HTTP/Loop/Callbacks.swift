internal import CMicrohttpd

// What libmicrohttpd calls. C functions capture nothing, so each finds its object through a pointer.

extension Client {
    /// The client of a connection.
    static func of(_ connection: OpaquePointer) -> Client? {
        guard let context = unsafe mhd_socket_context(connection) else { return nil }
        return unsafe Unmanaged<Client>.fromOpaque(context).takeUnretainedValue()
    }
}

/// A connection was opened or closed.
func noteConnection(
    _ context: UnsafeMutableRawPointer?,
    _: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ code: MHD_ConnectionNotificationCode
) {
    guard let context = unsafe context, let socketContext = unsafe socketContext else { return }
    let loop = unsafe Unmanaged<ServerLoop>.fromOpaque(context).takeUnretainedValue()
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        guard let client = loop.takeIncoming() else { return }
        unsafe socketContext.pointee = Unmanaged.passRetained(client).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let client = unsafe socketContext.pointee else { return }
        loop.forget(unsafe Unmanaged<Client>.fromOpaque(client).takeRetainedValue())
        unsafe socketContext.pointee = nil
    @unknown default: break
    }
}

/// The first line of a request is here.
func takeTarget(
    _: UnsafeMutableRawPointer?,
    _ target: UnsafePointer<CChar>?,
    _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let connection = unsafe connection, let client = unsafe Client.of(connection) else { return nil }
    return unsafe Unmanaged.passRetained(Exchange(client, connection, target: target)).toOpaque()
}

/// The head of a request is here, or a piece of its body, or the end.
func takeRequest(
    _: UnsafeMutableRawPointer?,
    _: OpaquePointer?,
    _: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?,
    _ piece: UnsafePointer<CChar>?,
    _ byteCount: UnsafeMutablePointer<Int>?,
    _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let pointer = unsafe exchange?.pointee, let byteCount = unsafe byteCount else { return .NO }
    let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    guard let piece = unsafe piece, unsafe byteCount.pointee > 0 else {
        return unsafe exchange.proceed(method: method, version: version)
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: piece, count: byteCount.pointee)
    unsafe byteCount.pointee = 0
    return unsafe exchange.take(bytes)
}

/// The connection belongs to a WebSocket.
func beginWebSocket(
    _: UnsafeMutableRawPointer?,
    _: OpaquePointer?,
    _ exchange: UnsafeMutableRawPointer?,
    _ early: UnsafePointer<CChar>?,
    _ byteCount: Int,
    _ descriptor: Int32,
    _ handle: OpaquePointer?
) {
    guard let exchange = unsafe exchange, let handle = unsafe handle else { return }
    let bytes = unsafe UnsafeRawBufferPointer(start: early, count: byteCount)
    unsafe Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue()
        .upgrade(descriptor, handle, early: Array(bytes))
}

/// The response was sent, or the connection was lost.
func endExchange(
    _: UnsafeMutableRawPointer?,
    _: OpaquePointer?,
    _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _: MHD_RequestTerminationCode
) {
    guard let pointer = unsafe exchange?.pointee else { return }
    unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue().end()
    unsafe exchange?.pointee = nil
}
