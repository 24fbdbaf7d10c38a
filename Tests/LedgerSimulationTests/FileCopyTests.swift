import Testing

@testable import Ledger
@testable import LedgerSimulation

@Suite struct `A copy of a file` {
    private let source = SimulatedDisk(DiskImage())
    private let target = SimulatedDisk(DiskImage())
    private let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 7) }

    init() throws {
        try AtomicFile(source, "original").write(bytes)
    }

    private var copy: FileCopy<SimulatedDisk> { FileCopy(source: source, destination: target) }

    @Test func `replaces the file of its name, with all bytes or those of a range`() throws {
        try AtomicFile(target, "copy").write([1])
        try copy.copy("original", as: "copy")
        #expect(try AtomicFile(target, "copy").read() == bytes)
        try copy.copy("original", 100..<4900, as: "copy")
        #expect(try AtomicFile(target, "copy").read() == Array(bytes[100..<4900]))
        #expect(try target.list() == ["copy"])
    }

    @Test(arguments: [DiskFault.lostWrite, .misdirectedWrite])
    func `gets no name if the disk lost a write that it reported`(fault: DiskFault) throws {
        target.fault = (fault, 0)
        let error = #expect(throws: LedgerError.self) { try copy.copy("original", as: "copy") }
        #expect(error?.message.hasSuffix(": the disk does not hold what was written and flushed") == true)
        #expect(try target.list() == [FileCopy<SimulatedDisk>.temporaryName])
        // The disk lies once.
        try copy.copy("original", as: "copy")
        #expect(try AtomicFile(target, "copy").read() == bytes)
    }

    @Test func `is not made from a file that ends before the range`() throws {
        let error = #expect(throws: LedgerError.self) { try copy.copy("original", 0..<5001, as: "copy") }
        #expect(error?.message.hasSuffix(": the file has become shorter") == true)
        #expect(try !target.list().contains("copy"))
    }
}
