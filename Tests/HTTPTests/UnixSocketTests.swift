import Glibc
import HTTP
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `A Unix socket` {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/serve.socket" }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func `serves whoever may open it, and nobody else may`() throws {
        let server = try TestServer(.unixSocket(path: path))
        #expect(mode(path) == S_IFSOCK | 0o600)
        #expect(try RawClient(unixSocket: path).request("POST", "/", body: "a").text == "POSTa")
        #expect(server.lastRequest?.head.peer == .unixSocket)
        #expect(server.server.port == nil)
    }

    @Test func `has the mode that is asked for, whatever the umask is`() throws {
        let server = try TestServer(.unixSocket(path: path, mode: 0o666))
        #expect(mode(path) == S_IFSOCK | 0o666)
        _ = server
    }

    @Test func `is removed when the server is closed`() throws {
        let server = try TestServer(.unixSocket(path: path))
        server.server.close(milliseconds: 0)
        #expect(directory.files.isEmpty)
    }

    @Test func `is removed when nothing more is accepted, and its connections go on`() throws {
        let server = try TestServer(.unixSocket(path: path))
        let client = try RawClient(unixSocket: path)
        #expect(try client.request("GET", "/").status == 200)
        server.server.stopAccepting()
        while mode(path) != nil { #expect(try client.request("GET", "/").status == 200) }
        #expect(throws: SystemFailure.self) { try RawClient(unixSocket: path) }
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test func `of a running server is not taken`() throws {
        let server = try TestServer(.unixSocket(path: path))
        let error = #expect(throws: HTTPError.self) { try TestServer(.unixSocket(path: path)) }
        #expect(error?.description == "another server listens on \(path)")
        #expect(try RawClient(unixSocket: path).request("GET", "/").status == 200)
        _ = server
    }

    @Test func `of a dead server is replaced`() throws {
        let copy = directory.path + "/copy"
        do {
            let server = try TestServer(.unixSocket(path: path))
            #expect(unsafe link(path, copy) == 0)
            server.server.close(milliseconds: 0)
        }
        #expect(unsafe rename(copy, path) == 0)
        let server = try TestServer(.unixSocket(path: path))
        #expect(try RawClient(unixSocket: path).request("GET", "/").status == 200)
        _ = server
    }

    @Test func `does not replace another file`() throws {
        let descriptor = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        close(descriptor)
        #expect(throws: HTTPError.self) { try TestServer(.unixSocket(path: path)) }
        #expect(directory.files == ["serve.socket"])
    }

    @Test func `that another server has put in its place is left alone`() throws {
        let first = try TestServer(.unixSocket(path: path))
        #expect(unsafe unlink(path) == 0)
        let second = try TestServer(.unixSocket(path: path))
        first.server.close(milliseconds: 0)
        #expect(try RawClient(unixSocket: path).request("GET", "/").status == 200)
        _ = second
    }

    @Test func `may have a path that is longer than its address`() throws {
        let long = directory.path + "/" + String(repeating: "a", count: 200)
        #expect(unsafe mkdir(long, 0o700) == 0)
        let link = directory.path + "/link"
        #expect(unsafe symlink(long, link) == 0)
        let server = try TestServer(.unixSocket(path: long + "/serve.socket"))
        #expect(try RawClient(unixSocket: link + "/serve.socket").request("GET", "/").status == 200)
        _ = server
    }

    @Test func `needs a directory`() {
        #expect(throws: HTTPError.self) { try TestServer(.unixSocket(path: directory.path + "/none/serve.socket")) }
    }
}
