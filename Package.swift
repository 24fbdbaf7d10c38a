// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "trade-ledger",
    products: [
        .library(name: "Ledger", targets: ["Ledger", "TradeModel"]),
        .executable(name: "tradeledger", targets: ["TradeLedgerCommand"]),
        // For the tests of the program, which preload it.
        .library(name: "CFaultInjection", type: .dynamic, targets: ["CFaultInjection"]),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CWslay", providers: [.apt(["libwslay-dev"])]),
        .target(name: "CLedgerShims"),
        .target(name: "TradeModel", swiftSettings: strict),
        .target(
            name: "Ledger",
            dependencies: ["TradeModel", "CCrypto", "CLZ4", "CLedgerShims"],
            swiftSettings: strict
        ),
        .target(name: "Projections", dependencies: ["TradeModel"], swiftSettings: strict),
        .target(name: "Statistics", dependencies: ["Projections", "TradeModel"], swiftSettings: strict),
        .target(name: "Proofs", dependencies: ["CCrypto", "Ledger", "TradeModel"], swiftSettings: strict),
        .target(
            name: "Replay",
            dependencies: ["Ledger", "Projections", "Proofs", "Statistics", "TradeModel"],
            swiftSettings: strict
        ),
        .target(name: "Postgres", dependencies: ["CPQ"], swiftSettings: strict),
        .target(
            name: "HTTP",
            dependencies: ["CCrypto", "CLedgerShims", "CMicrohttpd", "CWslay"],
            swiftSettings: strict
        ),
        .target(
            name: "LedgerSchema",
            path: "schema",
            exclude: [
                "README.md", "derived-files.md", "proof-format.md", "segment-format.md", "trade-event.schema.json",
            ],
            resources: [
                .embedInCode("namespace.sql"),
                .embedInCode("migrations/001_schema.sql"),
                .embedInCode("migrations/002_trade_events.sql"),
                .embedInCode("migrations/003_replication.sql"),
                .embedInCode("migrations/004_trades.sql"),
                .embedInCode("migrations/005_performance.sql"),
                .embedInCode("migrations/006_login_ledgers.sql"),
                .embedInCode("migrations/007_trade_context.sql"),
                .embedInCode("migrations/008_books.sql"),
                .embedInCode("migrations/009_decisions.sql"),
                .embedInCode("migrations/010_price_data.sql"),
                .embedInCode("timescaledb.sql"),
                .embedInCode("roles.sql"),
                .embedInCode("repeatable/column_comments.sql"),
                .embedInCode("repeatable/event_id.sql"),
                .embedInCode("repeatable/visible_ledgers.sql"),
                .embedInCode("repeatable/trade_history.sql"),
                .embedInCode("repeatable/trade_timeline.sql"),
                .embedInCode("repeatable/ledger_status.sql"),
                .embedInCode("repeatable/performance.sql"),
                .embedInCode("repeatable/trade_fold.sql"),
                .embedInCode("repeatable/books.sql"),
                .embedInCode("repeatable/decisions.sql"),
                .embedInCode("repeatable/equity_daily.sql"),
                .embedInCode("repeatable/events_hourly.sql"),
                .embedInCode("repeatable/price_data_hourly.sql"),
                .embedInCode("repeatable/price_data_daily.sql"),
                .embedInCode("repeatable/continuous_aggregates.sql"),
                .embedInCode("repeatable/price_data.sql"),
                .embedInCode("repeatable/refresh_aggregates.sql"),
                .embedInCode("repeatable/writer_limits.sql"),
                .embedInCode("repeatable/privileges.sql"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "AuditKit",
            resources: [
                .embedInCode("read-segment"),
                .embedInCode("verify-proof"),
                .embedInCode("segment-format.md"),
                .embedInCode("proof-format.md"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Replication",
            dependencies: ["Ledger", "LedgerSchema", "Postgres", "Projections", "Replay", "TradeModel"],
            swiftSettings: strict
        ),
        .target(
            name: "Records",
            dependencies: ["Ledger", "Projections", "Replay", "Replication", "Statistics", "TradeModel"],
            swiftSettings: strict
        ),
        .target(
            name: "LedgerService",
            dependencies: [
                "CCrypto", "HTTP", "Ledger", "Projections", "Proofs", "Records", "Replay", "Replication", "Statistics",
                "TradeModel",
            ],
            resources: [.embedInCode("Page/page.html")],
            swiftSettings: strict
        ),
        .target(name: "ServiceClient", dependencies: ["CCurl"], swiftSettings: strict),
        .executableTarget(
            name: "TradeLedgerCommand",
            dependencies: [
                "AuditKit", "CLedgerShims", "HTTP", "Ledger", "LedgerService", "Postgres", "Projections", "Proofs",
                "Records", "Replay", "Replication", "ServiceClient", "Statistics", "TradeModel",
            ],
            swiftSettings: strict
        ),
        .target(name: "CAllocationCounting", path: "Tests/Support/CAllocationCounting"),
        .executableTarget(
            name: "AllocationCheck",
            dependencies: ["CAllocationCounting", "Ledger", "LedgerTestSupport", "TradeModel"],
            path: "Tests/Support/AllocationCheck",
            swiftSettings: strict
        ),
        .target(name: "CFaultInjection", path: "Tests/Support/CFaultInjection"),
        .target(name: "CForkTestSupport", path: "Tests/Support/CForkTestSupport"),
        .target(
            name: "LedgerTestSupport",
            dependencies: ["Ledger", "TradeModel"],
            path: "Tests/Support/LedgerTestSupport",
            swiftSettings: strict
        ),
        .systemLibrary(name: "CFuzzer", path: "Tests/Support/CFuzzer"),
        .target(
            name: "FuzzTargets",
            dependencies: ["HTTP", "Ledger", "LedgerService", "LedgerSimulation", "Proofs", "TradeModel"],
            path: "Tests/Support/FuzzTargets",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["CFuzzer", "FuzzTargets", "Ledger"],
            path: "Tests/Support/Fuzz",
            swiftSettings: strict
        ),
        .target(
            name: "LedgerSimulation",
            dependencies: ["Ledger", "LedgerTestSupport", "TradeModel"],
            path: "Tests/Support/LedgerSimulation",
            swiftSettings: strict
        ),
        .target(
            name: "GeneratedFiles",
            dependencies: ["LedgerService", "Projections", "Replication", "Statistics", "TradeModel"],
            path: "Tests/Support/GeneratedFiles",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "GenerateCommand",
            dependencies: ["GeneratedFiles"],
            path: "Tests/Support/GenerateCommand",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "SimulateCommand",
            dependencies: ["Ledger", "LedgerSimulation", "LedgerTestSupport"],
            path: "Tests/Support/SimulateCommand",
            swiftSettings: strict
        ),
        .target(
            name: "PostgresTestSupport",
            dependencies: ["LedgerTestSupport", "Postgres"],
            path: "Tests/Support/PostgresTestSupport",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ChaosCommand",
            dependencies: [
                "CLedgerShims", "Ledger", "LedgerTestSupport", "Postgres", "PostgresTestSupport", "TradeModel",
            ],
            path: "Tests/Support/ChaosCommand",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "AttackCommand",
            dependencies: [
                "CLedgerShims", "Ledger", "LedgerTestSupport", "Postgres", "PostgresTestSupport", "TradeModel",
            ],
            path: "Tests/Support/AttackCommand",
            swiftSettings: strict
        ),
        .testTarget(
            name: "TradeModelTests",
            dependencies: ["LedgerTestSupport", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["CForkTestSupport", "Ledger", "LedgerTestSupport", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LedgerSimulationTests",
            dependencies: ["Ledger", "LedgerSimulation", "LedgerTestSupport", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FuzzTargetsTests",
            dependencies: ["FuzzTargets", "Ledger", "LedgerSimulation", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProofsTests",
            dependencies: ["Ledger", "LedgerTestSupport", "Proofs", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplayTests",
            dependencies: ["Ledger", "LedgerTestSupport", "Projections", "Replay", "Statistics", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HTTPTests",
            dependencies: ["CForkTestSupport", "HTTP", "LedgerTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LedgerServiceTests",
            dependencies: [
                "HTTP", "Ledger", "LedgerService", "LedgerTestSupport", "Postgres", "PostgresTestSupport",
                "Projections", "Records", "Replay", "Replication", "TradeModel",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "LedgerSchemaTests", dependencies: ["LedgerSchema"], swiftSettings: strict),
        .testTarget(
            name: "TradeLedgerCommandTests",
            dependencies: ["Ledger", "LedgerTestSupport", "Postgres", "PostgresTestSupport", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(name: "GeneratedFilesTests", dependencies: ["GeneratedFiles"], swiftSettings: strict),
        .testTarget(name: "AttackTests", dependencies: ["LedgerTestSupport"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["LedgerTestSupport", "Postgres", "PostgresTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OutageTests",
            dependencies: [
                "Ledger", "LedgerSchema", "LedgerTestSupport", "Postgres", "PostgresTestSupport", "TradeModel",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: ["Projections", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["LedgerTestSupport", "Statistics", "TradeModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplicationTests",
            dependencies: [
                "Ledger", "LedgerSchema", "LedgerTestSupport", "Postgres", "PostgresTestSupport", "Projections",
                "Replay", "Replication", "Statistics", "TradeModel",
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
