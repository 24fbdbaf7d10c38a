internal import CCrypto
package import TradeModel

extension EventID {
    /// The UUID of version 5 (RFC 9562, section 5.5) of a name in a namespace: the same for the same two, and another
    /// one for others.
    package static func version5(namespace: EventID, name: some Sequence<UInt8>) -> EventID {
        var message: [UInt8] = []
        namespace.append(to: &message)
        message += name
        // SHA-1 resists no forgery, and these ids need none: who chooses the name also chooses the id.
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        let result = unsafe SHA1(message, message.count, &digest)
        unsafe precondition(result != nil, "OpenSSL computes SHA-1")
        return EventID(version5: digest.span)
    }
}
