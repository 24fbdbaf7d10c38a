import LedgerTestSupport

@testable import Ledger

extension TemporaryDirectory {
    /// The whole frames of a file in order.
    func frames(of name: String) throws -> [Frame] {
        var reader = try FrameReader(PosixStorage(directory: path), name)
        var frames: [Frame] = []
        while case .frame(let frame) = try reader.next() { frames.append(frame) }
        return frames
    }

    /// The files after a crash of the writer, with or without the file `durable`.
    func crashed(durableUpTo sequence: UInt64? = nil) throws -> TemporaryDirectory {
        let copy = try copy()
        if let sequence { try copy.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(sequence)) }
        return copy
    }
}

/// The error of opening for writing; nil if the ledger opens.
func refusal(_ directory: TemporaryDirectory) -> LedgerError? {
    do throws(LedgerError) {
        try Ledger(opening: directory.path, configuration: smallSegments).close()
        return nil
    } catch {
        return error
    }
}
