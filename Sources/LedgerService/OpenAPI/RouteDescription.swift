/// What the OpenAPI document says about a route beside its own declaration.
extension Route {
    /// A body that a request has.
    struct Body {
        /// The media types that it may have.
        let types: [String]

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
        case .special(.append): Body(types: AppendBody.objectTypes + AppendBody.lineTypes)
        case .special(.halt), .special(.resume): Body(types: AppendBody.objectTypes)
        default: nil
        }
    }

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
        if path.contains("{") || isAbsentAtTimes { codes.append(.notFound) }
        if body != nil { codes += [.bodyTooLarge, .unsupportedMediaType, .rejected, .diskFull] }
        codes.append(.notReady)
        return codes.sorted { $0.status < $1.status }.map { (String($0.status), $0.title) }
    }
}
