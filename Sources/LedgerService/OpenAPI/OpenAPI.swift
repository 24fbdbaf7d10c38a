internal import TradeModel

/// The OpenAPI 3.1 document of the service, which follows from its routes.
struct OpenAPI {
    private var json = JSONWriter()

    /// The document as JSON.
    static func document(_ routes: [Route], version: String) -> [UInt8] {
        var document = OpenAPI()
        document.write(routes, version: version)
        return document.json.bytes
    }

    private mutating func write(_ routes: [Route], version: String) {
        object {
            $0.text("openapi", "3.1.0")
            $0.member("info") {
                $0.text("title", "TradeLedger")
                $0.text("summary", "One ledger as a service: append events, read what follows from them.")
                $0.text("version", version)
                $0.member("license") {
                    $0.text("name", "MIT")
                    $0.text("identifier", "MIT")
                }
            }
            $0.member("paths") { document in
                var paths: [String] = []
                for route in routes where !paths.contains(route.path) { paths.append(route.path) }
                for path in paths {
                    document.member(path) { document in
                        for route in routes where route.path == path { document.write(route) }
                    }
                }
            }
            $0.member("components") {
                $0.member("securitySchemes") {
                    $0.member("token") {
                        $0.text("type", "http")
                        $0.text("scheme", "bearer")
                    }
                }
                $0.member("schemas") {
                    $0.member("Problem") { $0.writeProblem() }
                }
            }
        }
    }

    private mutating func write(_ route: Route) {
        member(route.method.lowercased()) {
            $0.text("summary", route.summary)
            $0.text("operationId", route.operationID)
            $0.writeSecurity(route.access)
            $0.write(route.parameters, of: route)
            if let body = route.body { $0.write(body) }
            $0.member("responses") { document in
                for (status, types) in route.responses { document.response(status, types) }
                for code in route.problems {
                    document.member(code.key) {
                        $0.text("description", code.value)
                        $0.content("application/problem+json") { $0.text("$ref", "#/components/schemas/Problem") }
                    }
                }
            }
        }
    }

    private mutating func writeSecurity(_ access: Route.Access) {
        guard case .role = access else { return }
        json.key("security")
        json.beginArray()
        object {
            $0.json.key("token")
            $0.json.beginArray()
            $0.json.endArray()
        }
        json.endArray()
    }

    private mutating func write(_ parameters: [Parameter], of route: Route) {
        guard !parameters.isEmpty else { return }
        json.key("parameters")
        json.beginArray()
        for parameter in parameters {
            let isInPath = route.path.contains("{\(parameter.name)}")
            object {
                $0.text("name", parameter.name)
                $0.text("in", isInPath ? "path" : "query")
                $0.text("description", parameter.meaning)
                $0.flag("required", isInPath)
                $0.member("schema") { $0.write(parameter.kind) }
            }
        }
        json.endArray()
    }

    private mutating func write(_ kind: Parameter.Kind) {
        switch kind {
        case .text: writeText(#"^[^\u0000]*$"#)
        case .name: writeText(#"^[^\u0000]+$"#)
        case .scope: writeText(#"^(all|(strategy|symbol|account|venue):[!-~]{1,128})$"#)
        case .choice(let choices):
            text("type", "string")
            json.key("enum")
            json.beginArray()
            for choice in choices { json.value(choice) }
            json.endArray()
        case .choices(let choices):
            let one = "(\(choices.joined(separator: "|")))"
            writeText("^\(one)(,\(one))*$")
        case .integer(let range):
            text("type", "integer")
            json.key("minimum")
            json.value(range.lowerBound)
            json.key("maximum")
            json.value(range.upperBound)
        case .time: writeText(Self.timePattern)
        case .decimal: writeText(#"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"#)
        case .amount: writeText(#"^([1-9][0-9]{0,17}(\.[0-9]{1,18})?|0\.[0-9]{0,17}[1-9])$"#)
        case .flag: text("type", "boolean")
        }
    }

    /// Null means the same as absence.
    private mutating func writeNullable(_ kind: Parameter.Kind) {
        json.key("anyOf")
        json.beginArray()
        object { $0.write(kind) }
        object { $0.text("type", "null") }
        json.endArray()
    }

    private mutating func writeText(_ pattern: String) {
        text("type", "string")
        text("pattern", pattern)
    }

    /// The usual times: a date, RFC 3339, or epoch milliseconds from 2001 on.
    private static let timePattern =
        #"^(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"#
        + #"(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))?"#
        + "|[1-9][0-9]{12})$"

    private mutating func write(_ body: Route.Body) {
        member("requestBody") {
            $0.flag("required", true)
            $0.member("content") { document in
                for type in body.types {
                    document.member(type) { document in
                        document.member("schema") { schema in
                            if type == "application/json" {
                                schema.writeObject(body)
                            } else {
                                schema.text("type", "string")
                            }
                        }
                    }
                }
            }
        }
    }

    /// The schema of the object in a body.
    private mutating func writeObject(_ body: Route.Body) {
        let members = body.members
        text("type", "object")
        flag("additionalProperties", body.hasOtherMembers)
        json.key("required")
        json.beginArray()
        for member in members where member.isRequired { json.value(member.name) }
        json.endArray()
        member("properties") { document in
            for member in members {
                document.member(member.name) { schema in
                    schema.text("description", member.meaning)
                    if member.isRequired { schema.write(member.kind) } else { schema.writeNullable(member.kind) }
                }
            }
        }
    }

    private mutating func response(_ status: Int, _ types: [String]) {
        member(String(status)) { document in
            document.text("description", status < 300 ? "done" : "as it is known already")
            guard !types.isEmpty else { return }
            document.member("content") { document in
                for type in types {
                    document.member(type) { document in
                        document.member("schema") {
                            if type == "application/json" { $0.text("type", "object") }
                        }
                    }
                }
            }
        }
    }

    private mutating func writeProblem() {
        text("type", "object")
        json.key("required")
        json.beginArray()
        for name in ["title", "status", "code", "detail"] { json.value(name) }
        json.endArray()
        member("properties") {
            for name in ["type", "title", "code", "detail"] { $0.member(name) { $0.text("type", "string") } }
            $0.member("status") { $0.text("type", "integer") }
        }
    }

    private mutating func content(_ type: String, _ schema: (inout OpenAPI) -> Void) {
        member("content") { $0.member(type) { $0.member("schema", schema) } }
    }

    private mutating func object(_ members: (inout OpenAPI) -> Void) {
        json.beginObject()
        members(&self)
        json.endObject()
    }

    private mutating func member(_ name: String, _ members: (inout OpenAPI) -> Void) {
        json.key(name)
        object(members)
    }

    private mutating func text(_ name: String, _ value: String) {
        json.key(name)
        json.value(value)
    }

    private mutating func flag(_ name: String, _ value: Bool) {
        json.key(name)
        json.value(value)
    }
}
