import TradeModel

/// The head of a file of frames: 64 bytes, little-endian.
///
/// See `schema/segment-format.md`, "File header".
package struct FileHeader: Equatable {
    package static let byteCount = 64
    static let magic: [UInt8] = Array("TRDLEDGR".utf8)
    /// The version that this software writes, and the newest that it reads.
    static let version: UInt32 = 1
    /// Where `created_at` stands.
    static let createdAtRange = 40..<48

    /// What the frames of the file carry.
    enum Kind: UInt32 {
        case events = 1
        case rejectedEvents = 2
    }

    let kind: Kind
    let ledgerID: EventID
    /// The sequence of the first event in the file.
    let firstSequence: UInt64
    let createdAt: Timestamp
    /// The highest sequence that was on stable storage when the file was made: everything before it.
    let durableUpTo: UInt64
    /// The checksum that the last frame of the file before carries; 0 in the first file.
    let previousChecksum: UInt32

    /// The header of a file of rejected events.
    static func ofDeadLetterLog(_ ledgerID: EventID, createdAt: Timestamp) -> FileHeader {
        FileHeader(
            kind: .rejectedEvents,
            ledgerID: ledgerID,
            firstSequence: 1,
            createdAt: createdAt,
            durableUpTo: 0,
            previousChecksum: 0
        )
    }

    /// The header's bytes.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(kind.rawValue)
        ledgerID.append(to: &bytes)
        bytes.appendLittleEndian(firstSequence)
        bytes.appendLittleEndian(UInt64(bitPattern: createdAt.microsecondsSince1970))
        bytes.appendLittleEndian(durableUpTo)
        bytes.appendLittleEndian(previousChecksum)
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes
    }

    /// What the first frame repeats.
    var checksum: UInt32 { encoded().littleEndian32(at: Self.byteCount - 4) }

    /// Why a segment with this header cannot have that name in a ledger; nil if it can.
    ///
    /// `previousChecksum` is that of the last frame of the segment before; nil where it is not known.
    func problem(as name: SegmentName, of ledgerID: EventID, after previousChecksum: UInt32?) -> String? {
        if kind != .events {
            "the file holds no events"
        } else if self.ledgerID != ledgerID {
            "the segment belongs to another ledger, \(self.ledgerID)"
        } else if firstSequence != name.firstSequence {
            "the header says sequence \(firstSequence): the file was renamed"
        } else if let previousChecksum, previousChecksum != self.previousChecksum {
            "the segment does not follow the one before it: one of them was replaced"
        } else {
            nil
        }
    }

    /// Why the first bytes of a file are not the header of one of ours.
    enum Fault: Error, Equatable {
        case notAHeader
        case newerVersion(UInt32)
    }

    /// Reads the header and its checksum, which the first frame repeats.
    static func decode(_ bytes: ArraySlice<UInt8>) throws(Fault) -> (header: FileHeader, checksum: UInt32) {
        let start = bytes.startIndex
        guard bytes.count >= byteCount, bytes.prefix(magic.count).elementsEqual(magic) else { throw .notAHeader }
        let checksum = bytes.littleEndian32(at: start + 60)
        guard checksum == Checksum.crc32c(bytes.prefix(60)) else { throw .notAHeader }
        let version = bytes.littleEndian32(at: start + 8)
        guard version <= Self.version else { throw .newerVersion(version) }
        guard version > 0, let kind = Kind(rawValue: bytes.littleEndian32(at: start + 12)) else { throw .notAHeader }
        let header = FileHeader(
            kind: kind,
            ledgerID: EventID(bytes.span, at: start - bytes.startIndex + 16),
            firstSequence: bytes.littleEndian64(at: start + 32),
            createdAt: Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: start + 40))),
            durableUpTo: bytes.littleEndian64(at: start + 48),
            previousChecksum: bytes.littleEndian32(at: start + 56)
        )
        guard header.durableUpTo < header.firstSequence else { throw .notAHeader }
        return (header, checksum)
    }
}
