internal import CMicrohttpd

/// Reads and checks the head of a request.
///
/// Whatever is ambiguous is refused: a proxy may understand it in another way, and then take the end of a request for
/// the beginning of the next one.
@safe
struct RequestHead {
    /// The path and the query, as they were sent; nil where they are no text without spaces and control characters.
    @safe
    struct Target {
        let path: String
        let query: String?
        /// Where its text ends.
        fileprivate let end: UnsafePointer<CChar>

        init?(_ text: UnsafePointer<CChar>?) {
            guard let text = unsafe text, let target = unsafe String(validatingCString: text),
                !target.isEmpty, target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
            else { return nil }
            unsafe end = text + target.utf8.count
            if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
                path = String(target[..<mark])
                query = String(target[target.utf8.index(after: mark)...])
            } else {
                path = target
                query = nil
            }
        }
    }

    private var headers: [HTTPHeader] = []
    private var isClear = true
    /// Where the last text ends that was read.
    private var end: UnsafePointer<CChar>

    /// What follows from the head of a request.
    enum Outcome {
        /// The request goes on, with a body of this length; nil where its end says how long it is.
        ///
        /// `isOld` for HTTP/1.0.
        case head(HTTPRequestHead, byteCount: Int?, isOld: Bool)
        /// The request is answered with this status.
        case refused(Int)
    }

    /// Reads the head that a connection has received.
    static func read(
        _ connection: OpaquePointer,
        method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?,
        _ target: Target?,
        _ client: Client
    ) -> Outcome {
        let limits = client.loop.limits
        let cost = unsafe mhd_head_byte_count(connection) + mhd_field_count(connection) * recordByteCount
        guard cost <= limits.headByteCount else { return .refused(431) }
        guard let target, let start = unsafe method, let version = unsafe version,
            let method = unsafe String(validatingCString: start), method.utf8.allSatisfy(isTokenByte)
        else { return .refused(400) }
        // "HTTP/1.1" has eight characters.
        var reader = unsafe Self(end: version + 8)
        unsafe withUnsafeMutablePointer(to: &reader) { pointer in
            _ = unsafe MHD_get_connection_values_n(connection, .HEADER_KIND, takeHeader, pointer)
        }
        unsafe reader.checkGap(to: start + mhd_head_byte_count(connection), lines: 2)
        guard reader.isClear, unsafe !hasOwnEnds || target.end + 1 == version else { return .refused(400) }
        let head = HTTPRequestHead(
            method: method,
            path: target.path,
            query: target.query,
            headers: reader.headers,
            peer: client.peer
        )
        // "HTTP/1.0" ends with this digit.
        let isOld = unsafe version[7] == UInt8(ascii: "0")
        return reader.body(head, isOld: isOld, limits)
    }

    /// How much memory libmicrohttpd needs for a field of the head beside its text.
    private static let recordByteCount = 64

    /// Decides how long the body is.
    private func body(_ head: HTTPRequestHead, isOld: Bool, _ limits: HTTPLimits) -> Outcome {
        var length: String?
        var isChunked = false
        for header in headers {
            if header.isNamed("content-length") {
                guard length == nil else { return .refused(400) }
                length = header.value
            } else if header.isNamed("transfer-encoding") {
                guard !isChunked, !isOld else { return .refused(400) }
                guard header.value.lowercased() == "chunked" else { return .refused(501) }
                isChunked = true
            }
        }
        guard let length else { return .head(head, byteCount: isChunked ? nil : 0, isOld: isOld) }
        guard !isChunked, !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return .refused(400)
        }
        guard let count = Int(length), count <= limits.bodyByteCount else { return .refused(413) }
        return .head(head, byteCount: count, isOld: isOld)
    }

    /// Whether this libmicrohttpd takes a NUL for the end of a text, and leaves each text where it was received.
    ///
    /// Later ones refuse a NUL.
    private static let hasOwnEnds = MHD_VERSION < 0x0009_7700

    /// Checks that nothing but ends of lines is between the last text and the next one.
    ///
    /// libmicrohttpd overwrites such an end with zeros. Anything else is what follows a NUL, or a line that continues
    /// the one before.
    private mutating func checkGap(to next: UnsafePointer<CChar>, lines: Int) {
        guard Self.hasOwnEnds else { return }
        let count = unsafe next - end
        guard count >= lines, count <= 2 * lines else { return isClear = false }
        for offset in 0..<count where unsafe end[offset] != 0 { isClear = false }
    }

    fileprivate mutating func take(_ name: UnsafeBufferPointer<CChar>, _ value: UnsafeBufferPointer<CChar>) {
        guard let start = name.baseAddress, let valueStart = value.baseAddress else { return }
        unsafe checkGap(to: start, lines: 1)
        unsafe end = valueStart + value.count
        unsafe take(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value))
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        var value = unsafe value[...]
        while let last = unsafe value.last, Self.isWhiteSpace(last) { unsafe value = value.dropLast() }
        guard unsafe !name.isEmpty, unsafe name.allSatisfy(Self.isTokenByte),
            unsafe value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
            let text = unsafe String(validating: value, as: UTF8.self)
        else { return isClear = false }
        headers.append(HTTPHeader(unsafe String(decoding: name, as: UTF8.self), text))
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether a byte may be in a method or in the name of a field (RFC 9110, section 5.6.2).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        case UInt8(ascii: "!"), 0x23...0x27, UInt8(ascii: "*"), UInt8(ascii: "+"): true
        case UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"): true
        default: false
        }
    }
}

private func takeHeader(
    _ context: UnsafeMutableRawPointer?,
    _: MHD_ValueKind,
    _ name: UnsafePointer<CChar>?,
    _ nameByteCount: Int,
    _ value: UnsafePointer<CChar>?,
    _ valueByteCount: Int
) -> MHD_Result {
    guard let context = unsafe context else { return .NO }
    let reader = unsafe context.assumingMemoryBound(to: RequestHead.self)
    unsafe reader.pointee.take(
        UnsafeBufferPointer(start: name, count: nameByteCount),
        UnsafeBufferPointer(start: value, count: valueByteCount)
    )
    return .YES
}
