/// The settings of all questions.
struct Setting: Sendable {
    /// The amount of work of a round, unless it is multiplied.
    enum Extent: String, Sendable {
        case full
        /// Little work, to see that everything runs: the figures say little.
        case quick
    }

    let scratch: Scratch
    let extent: Extent
    /// The program `tradeledger`.
    let programPath: String
    /// The script that makes PostgreSQL servers.
    let databaseToolPath: String
    /// The Python peers that store the same rows; `nil` if they cannot run.
    let peers: PythonPeers?
    /// The servers of the current question.
    let servers = SharedServers()
    /// How many times the work of a round is done.
    var factor = 1

    func count(full: Int, quick: Int) -> Int {
        switch extent {
        case .full: full * factor
        case .quick: quick * factor
        }
    }
}
