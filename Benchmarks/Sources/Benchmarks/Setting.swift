/// What every question is asked with.
struct Setting: Sendable {
    /// How much work a round is.
    enum Extent: String, Sendable {
        case full
        /// To see that everything works: the figures say little.
        case quick
    }

    let scratch: Scratch
    let extent: Extent
    /// The program `tradeledger`.
    let programPath: String
    /// The script that makes PostgreSQL servers.
    let databaseToolPath: String
    /// What other ways to store the same rows there are in Python; `nil` where they cannot run.
    let peers: PythonPeers?
    /// The servers of the question that is asked.
    let servers = SharedServers()

    func count(full: Int, quick: Int) -> Int {
        switch extent {
        case .full: full
        case .quick: quick
        }
    }
}
