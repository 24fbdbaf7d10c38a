package import Replication

extension RouteTable {
    /// Everything that the service answers; `database` is the one to which the ledger is replicated.
    package static func all(_ database: DatabaseAddress?) -> RouteTable {
        RouteTable(ServiceRoutes.all + LiveRoutes.all + ReadRoutes.all(database))
    }
}

/// The routes that the service answers by itself.
enum ServiceRoutes {
    static let all: [Route] = [
        Route(
            method: "POST",
            "/v1/events",
            .role(.append),
            "Appends one event, or many as NDJSON, and answers once they are durable",
            [],
            .special(.append)
        ),
        Route(
            "/v1/stream",
            .role(.read),
            "Follows the events as they become durable: Server-Sent Events, or WebSocket after an Upgrade",
            StreamRequest.parameters,
            .special(.stream)
        ),
        Route(
            method: "POST",
            "/v1/halt",
            .signature,
            "Halts trading in a scope: intents are refused until it is resumed",
            [],
            .special(.halt)
        ),
        Route(method: "POST", "/v1/resume", .signature, "Ends the halt of a scope", [], .special(.resume)),
        Route("/health/live", .everybody, "Says that the process is running", [], .special(.live)),
        Route("/health/ready", .everybody, "Says whether appends are accepted", [], .special(.ready)),
        Route("/metrics", .everybody, "The metrics, as text for Prometheus", [], .special(.metrics)),
        Route("/openapi.json", .everybody, "This document", [], .special(.openAPI)),
        Route("/", .everybody, "The page for people", [], .special(.page)),
    ]
}
