/// The routes that the service answers by itself.
enum ServiceRoutes {
    static let all: [Route] = [
        Route(
            method: "POST",
            "/v1/events",
            .role(.append),
            "appends one event, or many as NDJSON, and answers once they are durable",
            [],
            .special(.append)
        ),
        Route(
            "/v1/stream",
            .role(.read),
            "follows the events as they become durable: Server-Sent Events, or WebSocket after an Upgrade",
            StreamRequest.parameters,
            .special(.stream)
        ),
        Route(
            method: "POST",
            "/v1/halt",
            .signature,
            "halts trading in a scope: intents are refused until it is resumed",
            [],
            .special(.halt)
        ),
        Route(method: "POST", "/v1/resume", .signature, "ends the halt of a scope", [], .special(.resume)),
        Route("/health/live", .everybody, "says that the process is running", [], .special(.live)),
        Route("/health/ready", .everybody, "says whether appends are accepted", [], .special(.ready)),
        Route("/metrics", .everybody, "the metrics, as text for Prometheus", [], .special(.metrics)),
        Route("/openapi.json", .everybody, "this document", [], .special(.openAPI)),
        Route("/", .everybody, "the page for people", [], .special(.page)),
    ]
}
