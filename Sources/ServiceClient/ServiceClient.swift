internal import CCurl
internal import Glibc

/// Talks to the process that serves a ledger, through the Unix socket in the ledger's directory.
///
/// One thread at a time uses it.
@safe
package final class ServiceClient {
    /// What the service answered.
    package struct Reply: Sendable {
        /// The status code of HTTP.
        package let status: Int
        /// The whole body.
        package let body: [UInt8]
    }

    /// The name of the socket, or of a symbolic link to it, in the ledger's directory.
    package static let socketName = "serve.socket"

    /// The `CURL`, which keeps the connection.
    private let handle: UnsafeMutableRawPointer
    private let directory: Int32
    private let path: String

    /// A client of the service of a ledger.
    ///
    /// Connects with the first request. Throws where the directory cannot be opened.
    package init(ofLedger ledgerDirectory: String) throws(ServiceFault) {
        path = "\(ledgerDirectory)/\(Self.socketName)"
        let directory = unsafe open(ledgerDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw unsafe ServiceFault(path: path, reason: String(cString: strerror(errno)))
        }
        guard let handle = unsafe curl_easy_init() else {
            close(directory)
            throw ServiceFault(path: path, reason: "libcurl cannot begin")
        }
        self.directory = directory
        unsafe self.handle = handle
        // The address of a socket has 107 bytes at most, whatever the length of the directory's path.
        let socket = "/proc/self/fd/\(directory)/\(Self.socketName)"
        unsafe curl_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, socket)
        unsafe curl_set_text(handle, CURLOPT_PROXY, "")
        unsafe curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        close(directory)
    }

    /// Gets a resource; nil where no service listens.
    ///
    /// Throws if the connection is lost.
    package func get(_ target: String) throws(ServiceFault) -> Reply? {
        unsafe curl_set_number(handle, CURLOPT_HTTPGET, 1)
        return try perform(target, headers: [])
    }

    /// Posts a body, and returns the answer; nil where no service listens.
    ///
    /// Throws if the connection is lost, which leaves open whether the service has received the body.
    package func post(_ target: String, contentType: String, _ body: [UInt8]) throws(ServiceFault) -> Reply? {
        unsafe curl_set_number(handle, CURLOPT_POST, 1)
        unsafe curl_set_number(handle, CURLOPT_POSTFIELDSIZE, body.count)
        // libcurl copies the body.
        unsafe body.withUnsafeBytes { bytes in
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            _ = unsafe curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start)
        }
        return try perform(target, headers: ["Content-Type: \(contentType)", "Expect:"])
    }

    private func perform(_ target: String, headers: [String]) throws(ServiceFault) -> Reply? {
        var list: UnsafeMutablePointer<curl_slist>?
        defer { unsafe curl_slist_free_all(list) }
        for header in headers { unsafe list = unsafe curl_slist_append(list, header) }
        let received = ReceivedBody()
        unsafe curl_set_text(handle, CURLOPT_URL, "http://localhost\(target)")
        unsafe curl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        unsafe curl_set_body_function(handle, receiveBody)
        unsafe curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(received).toOpaque())
        let result = unsafe curl_easy_perform(handle)
        if result == CURLE_COULDNT_CONNECT { return nil }
        guard result == CURLE_OK else {
            throw unsafe ServiceFault(path: path, reason: String(cString: curl_easy_strerror(result)))
        }
        var status = 0
        unsafe curl_get_status(handle, &status)
        return withExtendedLifetime(received) { Reply(status: status, body: received.bytes) }
    }
}

/// What has arrived of a body.
private final class ReceivedBody {
    var bytes: [UInt8] = []
}

/// Takes the next part of a body, as libcurl's CURLOPT_WRITEFUNCTION.
private func receiveBody(
    _ part: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let part = unsafe part, let context = unsafe context else { return 0 }
    let received = unsafe Unmanaged<ReceivedBody>.fromOpaque(context).takeUnretainedValue()
    unsafe received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: part, count: size * count))
    return size * count
}
