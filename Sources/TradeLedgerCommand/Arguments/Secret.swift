internal import Glibc

/// The secrets of the program: each comes from its file in `/run/secrets`, else from the environment.
///
/// No message names more of a secret than its name and length.
enum Secret {
    private static let directory = "/run/secrets"

    /// The password of the database; nil where no file has one, and libpq looks in the environment and its own files.
    static func password() throws -> String? {
        try fromFile("db_password").map { String(decoding: $0, as: UTF8.self) }
    }

    /// With what a kill switch signs its requests; nil where there is none.
    static func killSwitch() throws -> [UInt8]? {
        if let secret = try fromFile("kill_switch_secret") { return secret }
        return Settings.environment("KILL_SWITCH_SECRET").map { withoutLineEnd(Array($0.utf8)) }
    }

    /// The content of a file without its last line feed; nil where there is no such file, or this user may not read it.
    private static func fromFile(_ name: String) throws -> [UInt8]? {
        let path = directory + "/" + name
        guard unsafe access(path, R_OK) == 0 else { return nil }
        return withoutLineEnd(try InputFile.bytes(ofFile: path))
    }

    private static func withoutLineEnd(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}
