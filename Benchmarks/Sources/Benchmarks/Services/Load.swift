internal import CLoad
internal import TradeModel

/// The requests of a client, one behind the other.
struct Requests: Sendable {
    fileprivate let bytes: [UInt8]
    /// Where each request ends.
    fileprivate let ends: [Int]

    init(_ requests: [[UInt8]]) {
        var (bytes, ends) = ([UInt8](), [Int]())
        for request in requests {
            bytes += request
            ends.append(bytes.count)
        }
        (self.bytes, self.ends) = (bytes, ends)
    }

    /// Requests that ask for a path, so many times.
    static func get(_ path: String, count: Int) -> Requests {
        Requests(Array(repeating: Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8), count: count))
    }

    /// Requests that each append an event.
    static func append(_ drafts: [EventDraft]) -> Requests {
        Requests(
            drafts.map { draft in
                var body: [UInt8] = []
                EventJSON.write(draft, into: &body)
                return post(body, as: "application/json")
            }
        )
    }

    /// A request that appends the events in a body.
    static func post(_ body: [UInt8], as contentType: String) -> [UInt8] {
        let head =
            "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: \(contentType)\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }
}

/// What clients measured that each sent their next request once they had the answer to the one before.
///
/// They are C, on one thread. An answer that is not a success throws.
struct Load {
    /// The time of each request, those of the first client first.
    let milliseconds: [Double]
    /// From the first request to the last answer.
    let seconds: Double

    /// Runs clients of a server on this machine, one for each list of requests.
    init(_ clients: [Requests], port: UInt16, _ protocolName: load_protocol = load_http) throws {
        var (bytes, ends) = ([UInt8](), [Int]())
        for client in clients {
            ends += client.ends.map { bytes.count + $0 }
            bytes += client.bytes
        }
        var nanoseconds = [UInt64](repeating: 0, count: ends.count)
        var total: UInt64 = 0
        let counts = clients.map(\.ends.count)
        let error = unsafe load_run(
            port,
            protocolName,
            bytes,
            ends,
            counts,
            clients.count,
            &nanoseconds,
            &total
        )
        guard error == 0 else { throw SystemFailure("send requests to", "port \(port)", error) }
        milliseconds = nanoseconds.map { Double($0) / 1e6 }
        seconds = Double(total) / 1e9
    }

    /// A port of this machine that is free now.
    static func freePort() throws -> UInt16 {
        let port = load_free_port()
        guard port > 0 else { throw Failure("there is no free port") }
        return port
    }
}
