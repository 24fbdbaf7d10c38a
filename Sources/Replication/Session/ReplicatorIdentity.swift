internal import Glibc
internal import Ledger

/// The version of this program, as `--version` prints it and the database notes it.
package enum ProgramVersion {
    /// By Semantic Versioning.
    package static let current = "0.1.0"
}

/// Identifies a replicator: recorded in the database with each batch, so that both sides of a fork can be named.
struct ReplicatorIdentity {
    let host: String
    /// The ledger's directory on that machine.
    let directory: String
    /// The version of the program.
    let version: String

    /// The place, for people.
    var place: String { "\(directory) on \(host)" }
}

extension ReplicatorIdentity {
    /// This machine and program, for a log in `directory`.
    init(_ directory: String) {
        var system = utsname()
        let result = unsafe uname(&system)
        precondition(result == 0, "the system tells its name")
        host = unsafe withUnsafeBytes(of: system.nodename) { name in
            unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.directory = absolutePath(directory)
        version = ProgramVersion.current
    }
}
