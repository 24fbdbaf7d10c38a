package import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test if the environment names no server.
    package static var needsServer: Self {
        .enabled(
            if: !TestServer.all.isEmpty,
            "neither TRADELEDGER_TEST_PLAIN_URL nor TRADELEDGER_TEST_TIMESCALEDB_URL names a server; see tools/test"
        )
    }
}
