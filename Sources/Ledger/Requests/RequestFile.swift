package import TradeModel

/// A file of the folder `requests/`: which request it is, and how far that has come.
///
/// The name alone says both: each step is one rename, which is atomic and needs no space on the disk. See
/// `schema/derived-files.md`, "Requests".
package struct RequestFile: Equatable {
    enum State: Equatable {
        /// The command is writing the file.
        case unfinished
        /// The command can still withdraw it.
        case pending
        /// A writer has taken it, so nobody can withdraw it.
        case taken
        case answered(RequestAnswer)
    }

    let name: RequestName
    let state: State

    /// The folder within the ledger's directory.
    package static let folder = "requests"
    /// A file in the folder whose space holds a request where the disk is full.
    static let spareName = "spare"
    static let spareByteCount = 4096
    static let pendingSuffix = ".request"
    static let malformedSuffix = ".malformed"

    init(_ name: RequestName, _ state: State) {
        self.name = name
        self.state = state
    }

    /// The file of a name; nil where it is not that of a request.
    init?(fileName: String) {
        guard let dot = fileName.firstIndex(of: "."), let name = RequestName(String(fileName[..<dot])),
            let state = State(suffix: String(fileName[dot...]))
        else { return nil }
        self.init(name, state)
    }

    /// Whether the request still has to be appended.
    var isWaiting: Bool { state == .pending || state == .taken }

    var fileName: String { name.description + state.suffix }
}

extension RequestFile.State {
    private static let unfinishedSuffix = RequestFile.pendingSuffix + ".tmp"
    private static let takenSuffix = ".taken"
    private static let appendedPrefix = ".appended-"
    private static let duplicatePrefix = ".duplicate-"
    private static let rejectedPrefix = ".rejected-"

    fileprivate init?(suffix: String) {
        func sequence(after prefix: String) -> UInt64? {
            suffix.hasPrefix(prefix) ? UInt64(suffix.dropFirst(prefix.count)) : nil
        }
        switch suffix {
        case Self.unfinishedSuffix: self = .unfinished
        case RequestFile.pendingSuffix: self = .pending
        case Self.takenSuffix: self = .taken
        case RequestFile.malformedSuffix: self = .answered(.malformed)
        default:
            if let sequence = sequence(after: Self.appendedPrefix) {
                self = .answered(.recorded(.appended, sequence))
            } else if let sequence = sequence(after: Self.duplicatePrefix) {
                self = .answered(.recorded(.duplicate, sequence))
            } else if suffix.hasPrefix(Self.rejectedPrefix),
                let code = RejectionCode(rawValue: String(suffix.dropFirst(Self.rejectedPrefix.count)))
            {
                self = .answered(.rejected(code))
            } else {
                return nil
            }
        }
    }

    fileprivate var suffix: String {
        switch self {
        case .unfinished: Self.unfinishedSuffix
        case .pending: RequestFile.pendingSuffix
        case .taken: Self.takenSuffix
        case .answered(.recorded(.appended, let sequence)): Self.appendedPrefix + String(sequence)
        case .answered(.recorded(.duplicate, let sequence)): Self.duplicatePrefix + String(sequence)
        case .answered(.rejected(let code)): Self.rejectedPrefix + code.rawValue
        case .answered(.malformed): RequestFile.malformedSuffix
        }
    }
}

/// What a writer did with a request.
package enum RequestAnswer: Equatable, Sendable {
    /// The event is on record at this sequence.
    case recorded(Receipt.Status, UInt64)
    /// The event broke a rule; the rejected events have its line and the message.
    case rejected(RejectionCode)
    /// The file does not hold an event that can be requested.
    case malformed

    var isRecorded: Bool {
        guard case .recorded = self else { return false }
        return true
    }
}

/// The name that a request keeps while its state changes: when it was made, and a random part.
///
/// Names sort in the order in which the requests were made.
package struct RequestName: Hashable, Comparable, CustomStringConvertible, Sendable {
    /// By the clock of the command.
    let madeAt: Timestamp
    private let random: UInt64

    private static let timeDigitCount = 20
    private static let randomDigitCount = 16

    init(madeAt: Timestamp, random: UInt64) {
        self.madeAt = madeAt
        self.random = random
    }

    /// Parses the name; nil where it is none.
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == Self.timeDigitCount, parts[0].utf8.allSatisfy(Self.isDigit),
            parts[1].utf8.count == Self.randomDigitCount, let microseconds = Int64(parts[0]),
            let random = UInt64(parts[1], radix: 16)
        else { return nil }
        self.init(madeAt: Timestamp(microsecondsSince1970: microseconds), random: random)
        // Uppercase digits or a sign would give the request a second name.
        guard description == text else { return nil }
    }

    package var description: String {
        Self.padded(String(madeAt.microsecondsSince1970), Self.timeDigitCount) + "-"
            + Self.padded(String(random, radix: 16), Self.randomDigitCount)
    }

    package static func < (left: RequestName, right: RequestName) -> Bool {
        (left.madeAt, left.random) < (right.madeAt, right.random)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func padded(_ digits: String, _ count: Int) -> String {
        String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}
