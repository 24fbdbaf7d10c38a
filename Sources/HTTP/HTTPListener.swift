/// Where a server listens.
package enum HTTPListener: Hashable, Sendable {
    /// A TCP port of the addresses of a host; port 0 chooses a free one.
    case tcp(host: String, port: UInt16, tls: HTTPCertificateFiles?)
    /// A Unix socket. Whoever may open the file is a client.
    ///
    /// The socket that a dead server has left is replaced, and that of a running one is not. The path may be longer
    /// than the address of a socket.
    case unixSocket(path: String, mode: UInt32 = 0o600)
}

/// The files from which TLS is spoken.
package struct HTTPCertificateFiles: Hashable, Sendable {
    /// The path of the certificate and those that sign it, as PEM.
    package let certificate: String
    /// The path of the private key, as PEM.
    package let key: String

    /// Files with these paths.
    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
