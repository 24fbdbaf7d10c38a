internal import Glibc

/// An unnamed temporary file, which disappears at the latest with the process.
struct UnnamedFile: ~Copyable {
    private let descriptor: Int32
    private let directory: String

    init(in directory: String) throws(FileError) {
        self.directory = directory
        var template = Array("\(directory)/tradeledger-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else { throw .current("make a file in", directory) }
        unsafe unlink(template)
    }

    deinit { close(descriptor) }

    /// Writes all of the bytes at an offset.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .current("write to a file in", directory) }
            done += count
        }
    }

    /// The bytes of a range, which were written.
    func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let place = unsafe buffer.baseAddress?.advanced(by: count)
                let result = unsafe pread(descriptor, place, range.count - count, off_t(range.lowerBound + count))
                if result < 0 && errno == EINTR { continue }
                if result < 0 { failure = .current("read a file in", directory) }
                guard result > 0 else { return }
                count += result
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
