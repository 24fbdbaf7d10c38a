/// The head of a request: everything before its body.
package struct HTTPRequestHead: Sendable {
    /// The method as it was sent, such as `GET`.
    package let method: String
    /// The path as it was sent, with its percent encoding, without the query.
    package let path: String
    /// The text after the first `?`, with its percent encoding; nil where there is none.
    package let query: String?
    /// The header fields in the order in which they were sent.
    package let headers: [HTTPHeader]
    /// Who sent it.
    package let peer: HTTPPeer

    /// A head with these parts.
    package init(method: String, path: String, query: String?, headers: [HTTPHeader], peer: HTTPPeer) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.peer = peer
    }

    /// The value of the first header field of a name, in whatever letter case; nil where there is none.
    package subscript(name: String) -> String? { headers.first { $0.isNamed(name) }?.value }
}

/// A field of a header.
package struct HTTPHeader: Hashable, Sendable {
    /// The name as it was sent.
    package let name: String
    /// The value without the white space around it.
    package let value: String

    /// A field with this name and value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it has a name, in whatever letter case.
    package func isNamed(_ other: String) -> Bool {
        name.utf8.elementsEqual(other.utf8) { $0 | Self.lowercaseBit($0) == $1 | Self.lowercaseBit($1) }
    }

    private static func lowercaseBit(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? 0x20 : 0 }
}

/// Who sent a request.
package enum HTTPPeer: Hashable, Sendable {
    /// A program at an IP address.
    case address(String)
    /// A program on this machine that could open the Unix socket.
    case unixSocket
}

/// A request with its body.
package struct HTTPRequest: Sendable {
    /// Everything before the body.
    package let head: HTTPRequestHead
    /// The whole body; empty where there is none.
    package let body: [UInt8]

    /// A request with this body.
    package init(_ head: HTTPRequestHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
