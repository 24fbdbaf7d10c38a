/// The kind of a server.
package enum ServerKind: String, Sendable, CustomStringConvertible {
    case plain
    case timescaledb

    /// The kinds on which tests run: those of the servers in the environment.
    package static let tested = TestServer.all.map(\.kind)

    package var description: String { rawValue }
}
