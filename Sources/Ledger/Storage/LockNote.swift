import TradeModel

/// What the lock file says of the last writer, behind the process id: whether it closed the ledger, and which file it
/// locked.
///
/// A copy of the file says the same and is another file, which is how a plain copy of a directory that was being
/// written is told from the directory that a crash left.
struct LockNote {
    /// What became of the writer.
    enum State: UInt32 {
        /// It writes, or has crashed.
        case held = 1
        /// It has closed the ledger.
        case closed = 2
    }

    let state: State
    /// The lock file itself, as it was locked, in each place that the ledger was kept in.
    let identities: [FileIdentity]

    private static let headByteCount = 16
    private static let identityByteCount = 16
    /// No ledger is kept in more places than that.
    private static let identityCountMax = 8
    static let byteCountMax = headByteCount + identityCountMax * identityByteCount
    private static let magic: UInt32 = 0x4B4C_4C54  // "TLLK" as bytes

    init(_ state: State, _ identities: [FileIdentity]) {
        precondition(identities.count <= Self.identityCountMax, "a ledger is kept in a few places")
        self.state = state
        self.identities = identities
    }

    /// The note that some bytes begin with; nil where there is none, as in the file of a ledger that was never written
    /// to.
    init?(_ bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        guard bytes.count >= Self.headByteCount, bytes.littleEndian32(at: start) == Self.magic,
            let state = State(rawValue: bytes.littleEndian32(at: start + 8))
        else { return nil }
        let count = Int(bytes.littleEndian32(at: start + 12))
        let end = start + Self.headByteCount + count * Self.identityByteCount
        guard count <= Self.identityCountMax, end <= bytes.endIndex,
            bytes.littleEndian32(at: start + 4) == Checksum.crc32c(bytes[(start + 8)..<end])
        else { return nil }
        self.state = state
        identities = stride(from: start + Self.headByteCount, to: end, by: Self.identityByteCount).map {
            FileIdentity(inode: bytes.littleEndian64(at: $0), bornAtNanoseconds: bytes.littleEndian64(at: $0 + 8))
        }
    }

    func encoded() -> [UInt8] {
        var rest: [UInt8] = []
        rest.appendLittleEndian(state.rawValue)
        rest.appendLittleEndian(UInt32(identities.count))
        for identity in identities {
            rest.appendLittleEndian(identity.inode)
            rest.appendLittleEndian(identity.bornAtNanoseconds)
        }
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(Self.magic)
        bytes.appendLittleEndian(Checksum.crc32c(rest[...]))
        return bytes + rest
    }
}
