import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

extension TemporaryDirectory {
    /// The names of the segments that are sealed, in order.
    var sealedSegments: [String] { segments.filter { $0.hasSuffix(SegmentName.Form.sealed.rawValue) } }

    /// Seals every segment that can be sealed, of a ledger without a writer.
    func seal(blockByteCount: Int = 4096) throws {
        var sealer = Sealer(PosixStorage(directory: path), blockByteCount: blockByteCount)
        while sealer.step(begunCount: 0) {}
        if let fault = sealer.fault { throw fault }
    }
}

/// A log of many small segments, with the files from before all except the last were sealed.
struct SealedLog {
    let directory: TemporaryDirectory
    let events: [Event]
    /// The sealed segments, by name.
    let plain: [String: [UInt8]]

    init(eventCount: UInt64 = 3600) throws {
        let log = try LogOfSegments(eventCount: eventCount)
        directory = log.directory
        events = try LedgerReader(opening: directory.path).all()
        plain = try directory.contents()
        try directory.seal()
        let names = plain.keys.filter { SegmentName(fileName: $0) != nil }
        #expect(directory.segments.count == names.count && directory.sealedSegments.count == names.count - 1)
        #expect(names.count > 4)
    }
}
