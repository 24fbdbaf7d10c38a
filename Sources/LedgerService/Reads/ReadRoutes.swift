internal import Ledger
internal import Records
internal import Replay
package import Replication
internal import TradeModel

/// What a thread of the pool answers, because it reads from the log.
///
/// Everything is as the command of the same name prints it as JSON.
package enum ReadRoutes {
    /// All of them; `database` is the one to which the ledger is replicated, of which the status tells.
    package static func all(_ database: DatabaseAddress?) -> [Route] {
        [events, trades, decisions, predictions, alerts, performance, equity] + LedgerRoutes.all(database)
    }

    /// A route that a thread of the pool answers; `work` also gets what makes the cursors of its pages.
    static func route(
        _ path: String,
        _ summary: String,
        _ parameters: [Parameter],
        isCacheable: Bool = true,
        isAbsentAtTimes: Bool = false,
        _ work: @escaping @Sendable (Parameters, Reading, PageCursor) throws -> Answer
    ) -> Route {
        Route(
            path,
            .role(.read),
            summary,
            parameters,
            isCacheable: isCacheable,
            isAbsentAtTimes: isAbsentAtTimes,
            .pooled { parameters, reading in
                let reading = copy reading
                return try work(parameters, reading, PageCursor(reading.reader, path))
            }
        )
    }

    /// The moment that parameters ask for: the earlier one if they name two, now if they name none.
    static func moment(_ parameters: Parameters, _ reader: LedgerReader) throws -> Moment {
        switch (parameters.time("as_of"), parameters.integer("as_of_sequence")) {
        case (nil, nil): .now
        case (let time?, nil): .time(time)
        case (nil, let sequence?): .sequence(sequence)
        case (let time?, let sequence?): .sequence(min(sequence, try Moment.time(time).lastSequence(reader)))
        }
    }
}

extension LiveFold {
    /// Whether the state in memory has reached a durable sequence, or does within a second; blocks until then.
    func waits(for sequence: UInt64) -> Bool {
        let (isReached, isAnswered) = (Lock(false), Semaphore())
        whenReached(sequence, within: .seconds(1)) { answer in
            isReached.withLock { $0 = answer }
            isAnswered.post()
        }
        isAnswered.wait()
        return isReached.withLock { $0 }
    }
}
