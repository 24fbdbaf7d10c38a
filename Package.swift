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
        .library(name: "Ledger", targets: ["Ledger"]),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CLedgerShims"),
        .target(name: "TradeModel", swiftSettings: strict),
        .target(name: "Ledger", dependencies: ["TradeModel", "CCrypto", "CLedgerShims"], swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["CPQ"], swiftSettings: strict),
        .target(name: "LedgerTestSupport", dependencies: ["Ledger", "TradeModel"], swiftSettings: strict),
        .testTarget(
            name: "TradeModelTests", dependencies: ["LedgerTestSupport", "TradeModel"], swiftSettings: strict),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "LedgerTestSupport", "TradeModel"], swiftSettings: strict),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
