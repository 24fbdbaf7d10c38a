package import TradeModel

/// The file by which one copy of a ledger knows that the other is behind: `mirror.detached`, lines of text.
///
/// It is durable before anything is acknowledged by this copy alone, and goes once both are in step again.
package struct MirrorNote: Equatable {
    package static let fileName = "mirror.detached"

    /// The directory of the copy that is behind.
    package let directory: String
    /// When it was detached; nil where the file does not say.
    package let since: Timestamp?
    /// Up to where at least both copies were durable then.
    package let sequence: UInt64
    /// What its disk refused.
    package let reason: String

    init(directory: String, since: Timestamp?, sequence: UInt64, reason: String) {
        self.directory = directory
        self.since = since
        self.sequence = sequence
        self.reason = reason
    }

    /// The note of a copy, nil where there is none; a part that cannot be read says nothing.
    package static func read<S: Storage>(_ storage: S) throws(StorageError) -> MirrorNote? {
        guard let bytes = try WholeFile(storage, fileName).read() else { return nil }
        var values: [Substring: Substring] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        return MirrorNote(
            directory: String(values["directory"] ?? ""),
            since: values["since"].flatMap { Timestamp(rfc3339: Array($0.utf8).span) },
            sequence: values["sequence"].flatMap { UInt64($0) } ?? 0,
            reason: String(values["reason"] ?? "")
        )
    }

    func write<S: Storage>(_ storage: S) throws(StorageError) {
        var text = "directory \(directory)\n"
        if let since { text += "since \(since)\n" }
        text += "sequence \(sequence)\nreason \(reason)\n"
        try WholeFile(storage, Self.fileName).write(Array(text.utf8))
    }
}

/// The file by which one copy of a ledger knows where the other is: `mirror`, one line of text.
///
/// Whoever opens either for writing finds the other by it.
package struct MirrorMark: Equatable {
    package static let fileName = "mirror"

    /// Which of the two a directory is.
    package enum Role: String, Sendable {
        case original = "mirrored in "
        case mirror = "mirror of "
    }

    package let role: Role
    /// The directory of the other copy.
    package let directory: String

    /// The mark of a copy; nil where there is none.
    package static func read<S: Storage>(_ storage: S) throws(StorageError) -> MirrorMark? {
        guard let bytes = try WholeFile(storage, fileName).read() else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
        for role in [Role.original, .mirror] where line.hasPrefix(role.rawValue) {
            return MirrorMark(role: role, directory: String(line.dropFirst(role.rawValue.count)))
        }
        return nil
    }

    /// Leaves the mark, unless it is there already.
    func write<S: Storage>(_ storage: S) throws(StorageError) {
        guard try Self.read(storage) != self else { return }
        try WholeFile(storage, Self.fileName).write(Array("\(role.rawValue)\(directory)\n".utf8))
    }
}

extension StorageError {
    /// Whether it tells that the disk or the directory is not what it was; a full disk is.
    var isFaultOfDisk: Bool {
        let fault = FileFault(errno: errno)
        return !fault.isDiskFull && !fault.isOfProcess
    }
}
