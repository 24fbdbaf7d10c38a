internal import Glibc
internal import Ledger
internal import LedgerTestSupport

/// One way to damage one file of a directory, drawn before the files are known.
struct FileCorruption {
    /// What was done.
    struct Done {
        let description: String
        /// Whether bytes that the log needs have changed.
        let isOfLog: Bool
        /// Whether the end of `rejected.log` is gone, which looks like a torn write.
        var cutsRejections = false
    }

    private enum Way: UInt64, CaseIterable {
        case flip
        case zero
        case truncate
        case swap
        case duplicate
        case remove
    }

    private let way: Way
    private let draws: [UInt64]

    private static let sectorByteCount = 512
    private static let rejectedLog = "rejected.log"

    init(_ random: inout SeededGenerator) {
        // Most of it is flips.
        let ways = [Way](repeating: .flip, count: 6) + Way.allCases
        way = ways[Int(random.next(below: UInt64(ways.count)))]
        var generator = random
        draws = (0..<6).map { _ in generator.next() }
        random = generator
    }

    /// Damages the file; nil if nothing changes, because there is no such file or its bytes are the same.
    func corrupt(_ folder: String) throws -> Done? {
        let storage = PosixStorage(directory: folder)
        // Each kind of file as often as the others, however many files it has.
        let files = try storage.list().filter { $0 != RequestFile.folder }
        let kinds = Dictionary(grouping: files, by: Self.kind).sorted { $0.key < $1.key }
        let names = kinds[Int(draws[0] % UInt64(kinds.count))].value.sorted()
        let name = names[Int(draws[1] % UInt64(names.count))]
        let other = names[Int(draws[2] % UInt64(names.count))]
        let file = try OpenFile(storage, name, .readingAndWriting)
        let bytes = try file.bytes(0..<(try file.byteCount()))
        let used = bytes.count - bytes.reversed().prefix { $0 == 0 }.count
        // After the end of the log there is only reserved space, in which an altered byte makes no event.
        let isSegment = SegmentName(fileName: name) != nil
        switch way {
        case .flip:
            guard used > 0 else { return nil }
            let offset = Int(draws[3] % UInt64(used))
            try file.write([bytes[offset] ^ 1 << UInt8(draws[4] % 8)], at: offset)
            return Done(description: "bit \(draws[4] % 8) of byte \(offset) of \(name) flipped", isOfLog: isSegment)
        case .zero:
            let sectorCount = UInt64((used + Self.sectorByteCount - 1) / Self.sectorByteCount)
            guard sectorCount > 0 else { return nil }
            let start = Int(draws[3] % sectorCount) * Self.sectorByteCount
            let end = min(start + Self.sectorByteCount, bytes.count)
            guard bytes[start..<end].contains(where: { $0 != 0 }) else { return nil }
            try file.write([UInt8](repeating: 0, count: end - start), at: start)
            return Done(
                description: "bytes \(start) to \(end) of \(name) zeroed",
                isOfLog: isSegment,
                cutsRejections: name == Self.rejectedLog && end >= used
            )
        case .truncate:
            guard used > 0 else { return nil }
            let count = Int(draws[3] % UInt64(used))
            guard unsafe Glibc.truncate(folder + "/" + name, count) == 0 else {
                throw SystemFailure(operation: "truncate \(name)", number: errno)
            }
            return Done(
                description: "\(name) cut to \(count) bytes",
                isOfLog: isSegment,
                cutsRejections: name == Self.rejectedLog
            )
        case .swap, .duplicate:
            return try replace(name, other, way, storage)
        case .remove:
            try storage.remove(name)
            return Done(description: "\(name) removed", isOfLog: false)
        }
    }

    /// Gives one file the contents of another, or swaps the two.
    private func replace(_ name: String, _ other: String, _ way: Way, _ storage: PosixStorage) throws -> Done? {
        let contents = try [name, other].map { name in
            let file = try OpenFile(storage, name, .reading)
            return try file.bytes(0..<(try file.byteCount()))
        }
        guard contents[0] != contents[1] else { return nil }
        try OpenFile(creating: name, storage).write(contents[1], at: 0)
        if way == .swap { try OpenFile(creating: other, storage).write(contents[0], at: 0) }
        let done = way == .swap ? "\(name) and \(other) swapped" : "\(name) replaced by a copy of \(other)"
        return Done(description: done, isOfLog: false)
    }

    private static func kind(_ name: String) -> String {
        name.split(separator: ".").last.map { name.contains(".") ? "." + $0 : name } ?? name
    }
}
