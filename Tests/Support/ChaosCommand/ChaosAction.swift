internal import LedgerTestSupport
internal import PostgresTestSupport

/// An action on servers, processes or connections.
enum ChaosAction: String, CaseIterable {
    case killServer = "kill the server"
    case stopServer = "stop the server"
    case crashServer = "stop the server at once"
    case freezeServer = "freeze the server"
    case killReplicator = "kill a replicator"
    case stopReplicator = "stop a replicator"
    case freezeReplicator = "freeze a replicator"
    case secondReplicator = "start a second replicator"
    case killAppender = "kill an appender"
    case freezeAppender = "freeze an appender"
    case cutAtStep = "cut connections"
    case stallAtStep = "stall a connection"
    case cutAll = "cut all connections"
    case refuse = "refuse connections"
    case swallow = "swallow all packets"
    case delay = "slow the network down"
    case endSessions = "end all sessions"
    case lockTable = "lock a table"
    case backUp = "take a base backup"
    case restore = "restore the base backup"
    case truncate = "truncate the tables"
    case dropDatabase = "drop the database"
    case promote = "promote the standby"

    /// Its frequency, relative to the other actions.
    private var weight: UInt64 {
        switch self {
        case .cutAtStep: 6
        case .killReplicator, .killAppender, .killServer, .backUp, .restore: 3
        default: 2
        }
    }

    private static let weightSum = allCases.reduce(0) { $0 + $1.weight }

    /// The next action, drawn by weight.
    static func random(_ random: inout SeededGenerator) -> ChaosAction {
        var rest = random.next(below: weightSum)
        for action in allCases {
            if rest < action.weight { return action }
            rest -= action.weight
        }
        preconditionFailure("the weights add up")
    }

    /// The steps of the protocol at which connections fail.
    static let steps: [ProtocolStep] = [
        .connect, .login, .sending("BEGIN"), .answered("BEGIN"), .executed("FOR UPDATE"), .copying(byteCount: 1000),
        .copying(byteCount: 10_000), .copied, .sending("COMMIT"), .executed("COMMIT"), .answered("COMMIT"),
    ]
}
