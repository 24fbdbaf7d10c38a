// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// A separate package, so that the ledger does not depend on its contenders, and so that the benchmarks use only the
// public API.
let package = Package(
    name: "trade-ledger-benchmarks",
    dependencies: [.package(name: "trade-ledger", path: "..")],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CDiskLimit"),
        .target(name: "CHashLimit", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CLoad"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CDiskLimit", "CHashLimit", "CLibPQ", "CLoad", "CRocksDB", "CSQLite",
                .product(name: "Ledger", package: "trade-ledger"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
