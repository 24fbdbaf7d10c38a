internal import TradeModel

/// What the OpenAPI document says about a route beside its own declaration.
extension Route {
    /// A body that a request has.
    struct Body {
        /// A member of its JSON object.
        struct Member {
            let name: String
            let kind: Parameter.Kind
            let isRequired: Bool
            let meaning: String
        }

        /// The media types that it may have.
        let types: [String]
        /// The members that its object has in any case; those of events follow from their type.
        let members: [Member]
        /// Whether it may have other members.
        let hasOtherMembers: Bool

        /// Throws a problem for a content type that events do not come in.
        func check(contentType: String?) throws(Problem) {
            guard AppendBody.isSupported(contentType, among: types) else {
                let given = contentType.map { "the content type is \($0)" } ?? "there is no Content-Type"
                throw Problem(.unsupportedMediaType, "\(given); this takes \(types.joined(separator: " or "))")
            }
        }
    }

    /// The name of the operation, such as `get_v1_trades_id`.
    var operationID: String {
        let words = path.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        return ([method.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    /// The body of a request; nil where it has none.
    var body: Body? {
        switch work {
        case .special(.append):
            Body(
                types: AppendBody.objectTypes + AppendBody.lineTypes,
                members: Self.eventMembers,
                hasOtherMembers: true
            )
        case .special(.halt), .special(.resume):
            Body(types: AppendBody.objectTypes, members: Self.haltMembers, hasOtherMembers: false)
        default: nil
        }
    }

    private static let eventMembers = [
        Body.Member(
            name: "type",
            kind: .choice(EventType.all.map(\.name)),
            isRequired: true,
            meaning: "The type, which decides what other members there are: docs/events.md lists them."
        ),
        Body.Member(name: "occurred_at", kind: .time, isRequired: true, meaning: "When it happened at the venue."),
    ]

    private static let haltMembers = [
        Body.Member(
            name: "scope",
            kind: .scope,
            isRequired: true,
            meaning: "What is halted: all, strategy:NAME, symbol:NAME, account:NAME or venue:NAME."
        ),
        Body.Member(name: "reason", kind: .text, isRequired: false, meaning: "Why."),
        Body.Member(name: "actor", kind: .text, isRequired: false, meaning: "Who decided it."),
    ]

    /// The statuses of success, with the media types of each.
    var responses: [(status: Int, types: [String])] {
        switch work {
        case .immediate, .pooled:
            [(200, ["application/json"])] + (isCacheable ? [(304, [])] : [])
        case .special(.append):
            [(200, ["application/json"]), (201, ["application/json"]), (207, ["application/x-ndjson"])]
        case .special(.halt), .special(.resume): [(200, ["application/json"]), (201, ["application/json"])]
        case .special(.stream): [(101, []), (200, ["text/event-stream"])]
        case .special(.live), .special(.ready), .special(.openAPI): [(200, ["application/json"])]
        case .special(.metrics): [(200, [ServiceMetrics.contentType])]
        case .special(.page): [(200, ["text/html; charset=utf-8"])]
        }
    }

    /// The statuses of problems, with what they mean.
    var problems: [(key: String, value: String)] {
        var codes: [ProblemCode] = [.invalidParameter, .unknownHost, .tooManyRequests, .internalError]
        switch access {
        case .everybody: break
        case .role, .signature: codes.append(.unauthorized)
        }
        if path.contains("{") || isAbsentAtTimes || parameters.contains(where: { $0.name == Parameter.cursor.name }) {
            codes.append(.notFound)
        }
        if body != nil { codes += [.bodyTooLarge, .unsupportedMediaType, .rejected, .diskFull] }
        codes.append(.notReady)
        return codes.sorted { $0.status < $1.status }.map { (String($0.status), $0.title) }
    }
}
