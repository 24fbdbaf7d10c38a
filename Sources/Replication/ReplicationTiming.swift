/// For how long the replicator waits for what, in milliseconds.
package struct ReplicationTiming: Sendable {
    /// For how long the server may be silent while it owes an answer, before the session is given up.
    package var silenceMilliseconds = 60_000

    /// What production uses; tests set single values lower.
    package init() {}
}
