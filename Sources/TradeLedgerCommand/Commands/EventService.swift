internal import Ledger
internal import ServiceClient
internal import TradeModel

/// The service that has a ledger open, as a place to send events to.
final class EventService {
    private let directory: String
    private let client: ServiceClient

    /// The service of a ledger; nil where none listens.
    init?(ofLedger directory: String) throws(ServiceFault) {
        self.directory = directory
        client = try ServiceClient(ofLedger: directory)
        guard try client.get("/health/live") != nil else { return nil }
    }

    /// Sends lines, and returns the replies in order once the events are durable or rejected.
    func append(_ lines: [EventLine]) throws -> [AppendReply] {
        guard !lines.isEmpty else { return [] }
        var body: [UInt8] = []
        for line in lines {
            body += line.bytes
            body.append(UInt8(ascii: "\n"))
        }
        let reply = try client.post("/v1/events", contentType: "application/x-ndjson", body)
        guard let reply else { throw gone() }
        guard reply.status == 207 else { throw failure(reply) }
        let replies = try reply.body.split(separator: UInt8(ascii: "\n")).map { try AppendReply($0) }
        guard replies.count == lines.count else {
            throw Failure(.internalError, "the service answered \(replies.count) of \(lines.count) events")
        }
        return replies
    }

    private func gone() -> Failure {
        Failure(
            .temporarilyHeld,
            "the service of \(directory) has ended; send the events again that have no acknowledgement"
        )
    }

    /// Why the service refused a request.
    private func failure(_ reply: ServiceClient.Reply) -> Failure {
        let detail = String(decoding: reply.body.prefix(1024), as: UTF8.self)
        return Failure(.temporarilyHeld, "the service of \(directory) answered \(reply.status): \(detail)")
    }
}

extension AppendReply {
    /// The reply in a line of the service's answer.
    init(_ line: ArraySlice<UInt8>) throws {
        let members: ContextObject
        do throws(Rejection) { members = try ContextObject(parsing: line) } catch {
            throw Failure(.internalError, "the service answered a line that is no JSON: \(error.message)")
        }
        func text(_ name: String) -> String { members[name]?.string.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        let status = text("status")
        if let known = Receipt.Status(rawValue: status) {
            let sequence = members["sequence"].flatMap { UInt64(String(decoding: $0.raw, as: UTF8.self)) }
            guard let sequence, let eventID = EventID(text("event_id")) else {
                throw Failure(.internalError, "the service answered a receipt without sequence or event_id")
            }
            self = .recorded(Recorded(status: known, sequence: sequence, eventID: eventID))
        } else if status == "rejected" {
            self = .rejected(Refusal(code: text("code"), message: text("message")))
        } else {
            self = .failed(Failure(.inputOutput, text("message")))
        }
    }
}
