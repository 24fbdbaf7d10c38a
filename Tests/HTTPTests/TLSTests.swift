import Glibc
import HTTP
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `A server with TLS` {
    private let directory = TemporaryDirectory()
    private var files: HTTPCertificateFiles {
        HTTPCertificateFiles(certificate: directory.path + "/cert.pem", key: directory.path + "/key.pem")
    }

    /// Makes a certificate for `localhost` with this organisation.
    private func makeCertificate(_ organisation: String) throws {
        let process = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/O=\(organisation)/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                "-keyout", files.key, "-out", files.certificate,
            ],
            environment: [:],
            input: .bytes([])
        )
        let outcome = try process.finish()
        guard outcome.ending == .exit(0) else {
            throw SystemFailure(operation: "openssl: \(outcome.stderr)", number: EINVAL)
        }
    }

    private func makeServer(output: TestOutput = TestOutput()) throws -> TestServer {
        try TestServer(.tcp(host: "127.0.0.1", port: 0, tls: files), output: output)
    }

    /// Runs lines of Python with a connection `s` that has checked the certificate.
    private func connected(_ server: TestServer, _ lines: String) throws -> [String] {
        let program = """
            import socket, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[1])
            s = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
            s = context.wrap_socket(s, server_hostname="localhost")
            organisation = dict(p[0] for p in s.getpeercert()["subject"])["organizationName"]
            f = s.makefile("rb")
            def head():
                lines = []
                while (line := f.readline().strip()): lines.append(line.decode())
                return lines
            \(lines)
            """
        let process = try ChildProcess(
            "/usr/bin/python3",
            ["-c", program, files.certificate, "\(server.server.port ?? 0)"],
            environment: [:],
            input: .bytes([])
        )
        let outcome = try process.finish()
        guard outcome.ending == .exit(0) else {
            throw SystemFailure(operation: "python: \(outcome.stderr)", number: EINVAL)
        }
        return outcome.lines
    }

    private let get = #"""
        s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"); print(head()[0], f.read(3).decode(), organisation)
        """#

    @Test func `answers requests`() throws {
        try makeCertificate("one")
        let server = try makeServer()
        #expect(try connected(server, get + "\n" + get) == ["HTTP/1.1 200 OK GET one", "HTTP/1.1 200 OK GET one"])
    }

    @Test func `uses a new certificate for new connections`() throws {
        try makeCertificate("one")
        let server = try makeServer()
        try makeCertificate("two")
        try server.server.reloadCertificate()
        #expect(try connected(server, get) == ["HTTP/1.1 200 OK GET two"])
        try makeCertificate("three")
        try server.server.reloadCertificate()
        #expect(try connected(server, get) == ["HTTP/1.1 200 OK GET three"])
    }

    @Test func `keeps its certificate if the new one cannot be used`() throws {
        try makeCertificate("one")
        let server = try makeServer()
        let cat = try ChildProcess("/bin/cat", [files.certificate], environment: [:], input: .bytes([]))
        let whole = try cat.finish().output
        for path in [files.certificate, files.key] {
            let descriptor = unsafe open(path, O_WRONLY | O_TRUNC)
            close(descriptor)
            #expect(throws: HTTPError.self) { try server.server.reloadCertificate() }
        }
        #expect(unsafe unlink(files.key) == 0)
        #expect(throws: HTTPError.self) { try server.server.reloadCertificate() }
        let descriptor = unsafe open(files.certificate, O_WRONLY | O_TRUNC)
        let count = unsafe write(descriptor, whole, whole.count)
        close(descriptor)
        #expect(count == whole.count)
        #expect(try connected(server, get) == ["HTTP/1.1 200 OK GET one"])
    }

    @Test func `needs a key that fits`() throws {
        try makeCertificate("one")
        #expect(unsafe rename(files.key, files.key + ".old") == 0)
        try makeCertificate("two")
        #expect(unsafe rename(files.key + ".old", files.key) == 0)
        let error = #expect(throws: HTTPError.self) { try makeServer() }
        #expect(error?.description.hasPrefix("the certificate and the key cannot be used: ") == true)
    }

    @Test func `sends streams, and finishes them when their client goes`() throws {
        try makeCertificate("one")
        let output = TestOutput()
        output.add("some text")
        let server = try makeServer(output: output)
        let lines = #"s.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"); print(head()[0], f.read(14))"#
        #expect(try connected(server, lines) == [#"HTTP/1.1 200 OK b'9\r\nsome text\r\n'"#])
        output.waitForFinish()
    }

    @Test func `speaks WebSocket`() throws {
        try makeCertificate("one")
        let output = TestOutput()
        output.add("some text")
        let server = try makeServer(output: output)
        let fields = RawClient.socketFields.joined(separator: #"\r\n"#)
        let lines = """
            s.sendall(b"GET /socket HTTP/1.1\\r\\nHost: a\\r\\n\(fields)\\r\\n\\r\\n"); print(head()[0], f.read(11))
            s.sendall(b"\\x89\\x81\\0\\0\\0\\0a"); print(f.read(3))
            s.sendall(b"\\x88\\x82\\0\\0\\0\\0\\x03\\xe8"); print(f.read(4), f.read())
            """
        #expect(
            try connected(server, lines) == [
                #"HTTP/1.1 101 Switching Protocols b'\x81\tsome text'"#, #"b'\x8a\x01a'"#, #"b'\x88\x02\x03\xe8' b''"#,
            ]
        )
        output.waitForFinish()
        #expect(output.finished == 1)
    }

    @Test func `sends long messages over WebSocket, as fast as the client reads`() throws {
        try makeCertificate("one")
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 60_000))
        let server = try makeServer(output: output)
        let fields = RawClient.socketFields.joined(separator: #"\r\n"#)
        let lines = """
            s.sendall(b"GET /socket HTTP/1.1\\r\\nHost: a\\r\\n\(fields)\\r\\n\\r\\n"); head()
            print(all(f.read(60_004) == b"\\x81\\x7e\\xea\\x60" + b"a" * 60_000 for n in range(200)))
            """
        #expect(try connected(server, lines) == ["True"])
        output.waitForFinish()
        #expect(output.finished == 1)
    }

    @Test func `ends a connection that speaks no TLS`() throws {
        try makeCertificate("one")
        let server = try makeServer()
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = client.rest()
        #expect(try connected(server, get) == ["HTTP/1.1 200 OK GET one"])
    }

    @Test func `ends a handshake that comes byte by byte`() throws {
        try makeCertificate("one")
        let server = try TestServer(.tcp(host: "127.0.0.1", port: 0, tls: files)) { $0.arrivalSeconds = 1 }
        let client = try server.client()
        try client.send([0x16, 0x03, 0x01, 0x40, 0x00])
        client.dribble()
        _ = client.rest()
        #expect(try connected(server, get) == ["HTTP/1.1 200 OK GET one"])
    }
}
