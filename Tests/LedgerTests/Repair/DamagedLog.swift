import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

/// A log of three segments, closed cleanly, to be damaged in every way.
///
/// Each has three frames of two events and the empty frame that asserts their durability.
struct DamagedLog {
    let pristine: TemporaryDirectory
    let events: [Event]

    static let framesOfSegment = 3
    private static let segmentByteCount = 3 << 10

    init() throws {
        pristine = try TemporaryDirectory.withLedger()
        for segment in 0..<3 {
            if segment > 0 { try pristine.beginSegment() }
            let ledger = try Ledger(opening: pristine.path, configuration: neverIdle)
            for frame in 0..<Self.framesOfSegment {
                let id = "t\(segment)-\(frame)"
                _ = try ledger.append(batch: [try TradeEvents.opened(id), try TradeEvents.annotated(id, "seen")])
            }
            ledger.close()
        }
        // Zeros follow the frames, and reading them takes most of the time.
        for name in pristine.segments { try pristine.damaged(name).truncate(to: Self.segmentByteCount) }
        events = try LedgerReader(opening: pristine.path).all()
    }

    /// One way to damage a copy.
    struct Case {
        let name: String
        let apply: (TemporaryDirectory) throws -> Void
    }

    /// A flipped bit in every field of every file header, frame header, record and padding.
    func flippedBits() throws -> [Case] {
        let headerFields = [0, 8, 12, 16, 32, 40, 48, 56, 60]
        let frameFields = [0, 4, 8, 12, 16, 24, 32, 36]
        let recordFields = [0, 4, 5, 13, 21, 37, 38, 46, 50]
        return try pristine.segments.flatMap { name in
            let frames = try pristine.frames(of: name)
            #expect(frames.count == Self.framesOfSegment + 1)
            let offsets =
                headerFields
                + frames.flatMap { frame in
                    let payload = frame.offset + FrameHeader.byteCount
                    let padding = payload + frame.header.payloadByteCount
                    return frameFields.map { frame.offset + $0 }
                        + (frame.header.count > 0 ? recordFields.map { payload + $0 } : [])
                        + (padding < frame.endOffset ? [padding] : [])
                }
            return offsets.map { offset in
                Case(name: "\(name) at \(offset)") { try $0.damaged(name).flipBit(at: offset) }
            }
        }
    }

    /// Each used sector is zeroed, alone, and together with all later ones.
    func zeroedSectors() throws -> [Case] {
        try pristine.segments.flatMap { name in
            let end = try #require(try pristine.frames(of: name).last).endOffset
            return stride(from: 0, to: end, by: 512).flatMap { start in
                [start..<(start + 512), start..<(end + 512)].map { range in
                    Case(name: "\(name) in \(range)") { try $0.damaged(name).zero(range) }
                }
            }
        }
    }

    /// The file ends before, in and after each frame.
    func truncatedFiles() throws -> [Case] {
        try pristine.segments.flatMap { name in
            let frames = try pristine.frames(of: name)
            let ends = [0, 10, 64] + frames.flatMap { [$0.offset + 20, $0.offset + 50, $0.endOffset] }
            return ends.map { end in Case(name: "\(name) to \(end)") { try $0.damaged(name).truncate(to: end) } }
        }
    }

    /// Segments that are missing, renamed, duplicated, swapped, old, or from another ledger.
    func wrongFiles() throws -> [Case] {
        let names = pristine.segments
        let other = try DamagedLog()
        var cases: [Case] = []
        for name in names {
            let first = try #require(SegmentName(fileName: name)).firstSequence
            let frame = try pristine.frames(of: name)[1]
            let foreign = try other.pristine.damaged(name).bytes()
            cases += [
                Case(name: "\(name) missing") { try $0.damaged(name).remove() },
                Case(name: "\(name) old") { try $0.damaged(name).zero(frame.endOffset..<Self.segmentByteCount) },
                Case(name: "\(name) foreign") { try $0.damaged(name).replace(foreign) },
            ]
            for wrong in [first + 1, first + 3, 100] {
                let wrongName = SegmentName(firstSequence: wrong).fileName
                let bytes = try pristine.damaged(name).bytes()
                cases += [
                    Case(name: "\(name) renamed to \(wrong)") { try $0.damaged(name).rename(to: wrongName) },
                    Case(name: "\(name) twice, as \(wrong)") { try $0.damaged(wrongName).replace(bytes) },
                    Case(name: "foreign \(name) as \(wrong)") { try $0.damaged(wrongName).replace(foreign) },
                ]
            }
        }
        for (left, right) in [(0, 1), (1, 2), (0, 2)] {
            cases.append(
                Case(name: "\(left) and \(right) swapped") {
                    try $0.damaged(names[left]).rename(to: "aside")
                    try $0.damaged(names[right]).rename(to: names[left])
                    try $0.damaged("aside").rename(to: names[right])
                }
            )
            cases.append(
                Case(name: "\(right) under the name of \(left)") {
                    try $0.damaged(names[right]).rename(to: names[left])
                }
            )
        }
        cases.append(
            Case(name: "all missing") { directory in for name in names { try directory.damaged(name).remove() } }
        )
        return cases
    }
}

extension TemporaryDirectory {
    /// Begins the next segment, as a writer does when one is full.
    fileprivate func beginSegment() throws {
        let storage = PosixStorage(directory: path)
        var writer = try SegmentWriter(
            storage,
            continuing: try LogScan(storage).run { _, _ in },
            preallocated: PreallocatedSegment(storage, byteCount: smallSegments.segmentByteCount),
            configuration: smallSegments,
            clock: .system
        )
        _ = try writer.roll()
    }
}
