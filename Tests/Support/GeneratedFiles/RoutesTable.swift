import LedgerService

/// The table of docs/http.md: every route with who may ask, what it does, and its parameters.
enum RoutesTable {
    static var text: String {
        var table = MarkdownTable([("request", "---"), ("role", "---"), ("does", "---"), ("parameters", "---")])
        for route in RouteTable.all(nil).routes {
            table.add([
                "`\(route.method) \(route.path)`", role(route.access), route.summary,
                codeList(route.parameters.map(\.name)),
            ])
        }
        return table.text
    }

    private static func role(_ access: Route.Access) -> String {
        switch access {
        case .everybody: "none"
        case .role(let role): role.rawValue
        case .signature: "admin, or a signature"
        }
    }
}
