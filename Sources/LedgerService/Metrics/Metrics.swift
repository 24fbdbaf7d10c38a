/// The declarations of all metrics.
extension Metric {
    static let buildInfo = gauge("build_info", "version", help: "The version of the program, with the value 1")
    static let processStart = gauge(
        "process_start_time_seconds",
        unit: .microseconds,
        help: "When the service started, in seconds since 1970"
    )
    static let residentMemory = gauge(
        "process_resident_memory_bytes",
        help: "The memory of the process that is in RAM"
    )
    static let openDescriptors = gauge("process_open_fds", help: "How many file descriptors the process has open")

    static let appendSeconds = histogram(
        "append_seconds",
        "stage",
        unit: .nanoseconds,
        buckets: .seconds,
        help: "How long each group commit took by stage: queue (the wait of its oldest request), admit, write, flush"
    )
    static let commitRequests = histogram(
        "commit_requests",
        buckets: .counts,
        help: "How many requests shared a group commit"
    )
    static let commitEvents = histogram(
        "commit_events",
        buckets: .counts,
        help: "How many events a group commit appended"
    )
    static let commitBytes = histogram(
        "commit_bytes",
        buckets: .bytes,
        help: "How many bytes a group commit wrote to the log"
    )
    static let events = counter(
        "events_total",
        "outcome",
        help: "Events that were sent, by what the ledger did: appended, duplicate (it had them already), rejected"
    )
    static let rejections = counter("rejections_total", "code", help: "Events that the ledger rejected, by code")

    static let batchEvents = histogram(
        "replication_batch_events",
        buckets: .counts,
        help: "How many events a transaction of the replicator stored in the database"
    )
    static let batchBytes = histogram(
        "replication_batch_bytes",
        buckets: .bytes,
        help: "How many bytes of rows a transaction of the replicator copied into the database"
    )
    static let copySeconds = histogram(
        "replication_copy_seconds",
        unit: .nanoseconds,
        buckets: .seconds,
        help: "How long the COPY of the events of a batch took"
    )
    static let transactionSeconds = histogram(
        "replication_transaction_seconds",
        unit: .nanoseconds,
        buckets: .seconds,
        help: "How long a whole transaction of the replicator took"
    )

    static let requestSeconds = histogram(
        "http_request_seconds",
        "route",
        "method",
        "status",
        unit: .nanoseconds,
        buckets: .seconds,
        help: "How long answers took, from the head of the request to the head of the answer"
    )
    static let openConnections = gauge("http_connections", help: "Connections that are open")
    static let openStreams = gauge("streams", help: "Streams of events that are open")
    static let streamLag = gauge("stream_lag_events", help: "How many events the slowest open stream is behind")

    static let lastSequence = gauge("last_sequence", help: "The sequence of the last event that was admitted")
    static let durableSequence = gauge("durable_sequence", help: "The sequence of the last event that is durable")
    static let replicatedSequence = gauge(
        "replicated_sequence",
        help: "The sequence of the last event in the database; absent while that is not known"
    )
    static let replicationLagEvents = gauge(
        "replication_lag_events",
        help: "How many durable events the database lacks; absent while that is not known"
    )
    static let replicationLagSeconds = gauge(
        "replication_lag_seconds",
        unit: .microseconds,
        help: "The age of the oldest durable event that the database lacks, 0 if there is none; absent while that is "
            + "not known"
    )
    static let openTrades = gauge("open_trades", help: "Trades that are open")
    static let halts = gauge("halts", help: "Halts that are in force")
    static let segments = gauge("segments", help: "Segments of the log")
    static let diskBytes = gauge("disk_bytes", help: "Bytes that the log takes on disk")
    static let keptRejections = gauge("kept_rejections", help: "Rejected events that the ledger keeps")
    static let taskState = gauge(
        "task_state",
        "task",
        "state",
        help: "The state of each background task, such as replication: 1 for the one that it is in, 0 for the others"
    )
    static let taskFailures = counter(
        "task_failures_total",
        "task",
        help: "How many runs of each background task have ended with an error"
    )

    /// Every metric, in the order in which they are printed.
    package static let all = [
        buildInfo, processStart, residentMemory, openDescriptors, appendSeconds, commitRequests, commitEvents,
        commitBytes, events, rejections, batchEvents, batchBytes, copySeconds, transactionSeconds, requestSeconds,
        openConnections, openStreams, streamLag, lastSequence, durableSequence, replicatedSequence,
        replicationLagEvents, replicationLagSeconds, openTrades, halts, segments, diskBytes, keptRejections, taskState,
        taskFailures,
    ]
}
