/// The timeouts of the replicator, in milliseconds.
package struct ReplicationTiming: Sendable {
    /// For how long the server may be silent while it owes an answer, before the session is given up.
    package var silenceMilliseconds = 60_000
    /// For how long a statement waits for a lock, before the batch is rolled back and tried again.
    package var lockMilliseconds = 5_000
    /// The longest pause between two tries.
    package var pauseMillisecondsMax: Int32 = 10_000
    /// How often a lasting outage is logged again.
    package var reminderMilliseconds = 60_000

    /// What production uses; tests set single values lower.
    package init() {}
}
