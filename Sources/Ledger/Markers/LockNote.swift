import TradeModel

/// The note in the lock file about the last writer, after the process id: whether it closed the ledger, and which file
/// it locked.
///
/// A copy has the same contents but is another file. That distinguishes a plain copy of a directory in use from a
/// directory that a crash left.
struct LockNote {
    /// What became of the writer.
    enum State: UInt64 {
        /// It writes, or has crashed.
        case held = 1
        /// It has closed the ledger.
        case closed = 2
    }

    let state: State
    /// The identity of the locked file.
    let identity: FileIdentity

    static let byteCount = 32
    private static let magic: UInt32 = 0x4B4C_4C54  // "TLLK" as bytes

    init(_ state: State, _ identity: FileIdentity) {
        self.state = state
        self.identity = identity
    }

    /// The note that some bytes begin with; nil where there is none, as in the file of a ledger that was never written
    /// to.
    init?(_ bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        guard bytes.count >= Self.byteCount, bytes.littleEndian32(at: start) == Self.magic,
            bytes.littleEndian32(at: start + 4) == Checksum.crc32c(bytes[(start + 8)..<(start + Self.byteCount)]),
            let state = State(rawValue: bytes.littleEndian64(at: start + 8))
        else { return nil }
        self.state = state
        identity = FileIdentity(
            inode: bytes.littleEndian64(at: start + 16),
            bornAtNanoseconds: bytes.littleEndian64(at: start + 24)
        )
    }

    func encoded() -> [UInt8] {
        var rest: [UInt8] = []
        rest.appendLittleEndian(state.rawValue)
        rest.appendLittleEndian(identity.inode)
        rest.appendLittleEndian(identity.bornAtNanoseconds)
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(Self.magic)
        bytes.appendLittleEndian(Checksum.crc32c(rest[...]))
        return bytes + rest
    }
}
