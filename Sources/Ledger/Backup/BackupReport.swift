public import TradeModel

/// What a backup holds, and how much of it is new.
public struct BackupReport: Hashable, Sendable {
    /// Some of the files of a backup.
    public struct Extent: Hashable, Sendable {
        /// Files of events and of rejected events.
        public internal(set) var fileCount = 0
        /// Their size in bytes.
        public internal(set) var byteCount = 0
        /// How many events they hold.
        public internal(set) var eventCount: UInt64 = 0

        mutating func add(_ byteCount: Int) {
            fileCount += 1
            self.byteCount += byteCount
        }
    }

    /// The ledger that was backed up.
    public let ledgerID: EventID
    /// The last event that the backup holds, 0 where there is none.
    public let sequence: UInt64
    /// The Merkle root over its events.
    public let root: MerkleHash
    /// When it was taken.
    public let takenAt: Timestamp
    /// What was copied.
    public let copied: Extent
    /// What was there already.
    public let present: Extent

    init(_ marker: BackupMarker, copied: Extent, present: Extent) {
        ledgerID = marker.ledgerID
        sequence = marker.sequence
        root = marker.root
        takenAt = marker.takenAt
        self.copied = copied
        self.present = present
    }
}
