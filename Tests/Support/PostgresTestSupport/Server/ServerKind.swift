/// What kind of server it is.
package enum ServerKind: String, Sendable, CustomStringConvertible {
    case plain
    case timescaledb

    /// The kinds that tests run on: those of the servers that were named.
    package static let tested = TestServer.all.map(\.kind)

    package var description: String { rawValue }
}
