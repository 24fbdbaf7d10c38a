/// The secret with which a kill switch signs its requests; no text shows it.
package struct KillSwitchSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key of the HMAC.
    let bytes: [UInt8]

    /// How long a secret is at least, in bytes.
    package static let byteCountMin = 16

    /// A secret; nil where the bytes are too few.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCountMin else { return nil }
        self.bytes = bytes
    }

    /// What it is, and not the secret.
    package var description: String { "kill switch secret" }

    /// Nothing, so that no dump shows the secret.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
