internal import CCrypto
internal import Ledger
package import TradeModel

/// What a signed request asks for.
package enum KillSwitchAction: String, CaseIterable, Sendable {
    case halt = "/v1/halt"
    case resume = "/v1/resume"

    /// The path of its requests.
    package var path: String { rawValue }
}

/// The signature of a request that halts or resumes trading: the header `X-Signature: t=UNIXTIME,v1=HEX`.
///
/// HEX is the HMAC-SHA256 (RFC 2104) of `UNIXTIME.POST /v1/halt.` and the body. Nobody without the secret can sign
/// another time, action or body; who repeats the request within its time gets the event that it made before, because
/// the id of that event follows from the signature.
package struct KillSwitchSignature: Hashable, Sendable {
    /// Why a signature does not count.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The header is not `t=UNIXTIME,v1=HEX`.
        case malformed
        /// It was made with another secret, or for another time, path or body.
        case wrong
        /// It is that of the other action, with the same time and body.
        case ofOtherAction
        /// It was made so many seconds ago, which is too long.
        case late(seconds: Int64)
        /// It will be made in so many seconds by the clock of this machine.
        case early(seconds: Int64)

        /// The reason, and what to do.
        package var description: String {
            switch self {
            case .malformed: "X-Signature takes t=UNIXTIME,v1=HEX, with the 64 digits of an HMAC-SHA256"
            case .wrong: "the signature was made with another secret, or for another time, path or body"
            case .ofOtherAction: "the signature is that of the other action"
            case .late(let seconds): "the signature was made \(seconds) s ago; it counts for \(validitySeconds) s"
            case .early(let seconds): "the signature was made for \(seconds) s from now; set the clocks"
            }
        }
    }

    /// When it was made, in seconds since 1970, as it was sent: that text is signed.
    private let timeText: String
    private let seconds: Int64
    /// The 32 bytes of the HMAC.
    private let hash: [UInt8]

    /// How far the time of a signature may be from that of this machine, in seconds.
    package static let validitySeconds: Int64 = 300

    private static let timeStart = "t="
    private static let hashStart = ",v1="
    /// More digits are no time that a clock shows.
    private static let digitCountMax = 11

    /// Reads the value of the header.
    ///
    /// Throws `malformed`.
    package init(header: String) throws(Fault) {
        guard header.utf8.starts(with: Self.timeStart.utf8) else { throw .malformed }
        let rest = header.utf8.dropFirst(Self.timeStart.utf8.count)
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let end = rest.dropFirst(digits.count)
        guard digits.count <= Self.digitCountMax, let seconds = Int64(String(decoding: digits, as: UTF8.self)),
            end.starts(with: Self.hashStart.utf8)
        else { throw .malformed }
        let hexadecimal = end.dropFirst(Self.hashStart.utf8.count).map {
            (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) ? $0 | 0x20 : $0
        }
        guard let hash = Hexadecimal.bytes(hexadecimal), hash.count == TokenHash.byteCount else { throw .malformed }
        timeText = String(decoding: digits, as: UTF8.self)
        self.seconds = seconds
        self.hash = hash
    }

    /// When it was made.
    var time: Timestamp { Timestamp(microsecondsSince1970: seconds * 1_000_000) }

    /// Throws where the signature is not that of a request, or not of this time.
    ///
    /// The time is checked last, so that only a holder of the secret learns how the clock of this machine differs.
    /// O(bytes of the body).
    package func check(
        _ action: KillSwitchAction,
        body: [UInt8],
        _ secret: KillSwitchSecret,
        at now: Timestamp
    ) throws(Fault) {
        guard isSignature(of: action, body, secret) else {
            let others = KillSwitchAction.allCases.filter { $0 != action }
            throw others.contains { isSignature(of: $0, body, secret) } ? .ofOtherAction : .wrong
        }
        let age = now.microsecondsSince1970 - seconds * 1_000_000
        let validity = Self.validitySeconds * 1_000_000
        guard age <= validity else { throw .late(seconds: age / 1_000_000) }
        guard age >= -validity else { throw .early(seconds: -age / 1_000_000) }
    }

    /// The id of the event of the request in a ledger: the same for each repetition.
    package func eventID(in ledgerID: EventID) -> EventID {
        EventID.version5(namespace: ledgerID, name: Hexadecimal.text(hash).utf8)
    }

    private func isSignature(of action: KillSwitchAction, _ body: [UInt8], _ secret: KillSwitchSecret) -> Bool {
        let message = Array("\(timeText).POST \(action.path).".utf8) + body
        var expected = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let key = secret.bytes
        let result = unsafe HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &expected, &count)
        unsafe precondition(result != nil, "OpenSSL computes HMAC")
        return ConstantTime.areEqual(Array(expected.prefix(Int(count))), hash)
    }
}
