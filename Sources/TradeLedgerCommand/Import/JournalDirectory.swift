internal import Glibc
internal import Projections
internal import TradeModel

/// The bot's directory: one file for each trade, and an index of them.
struct JournalDirectory: ~Copyable {
    private let path: String
    private let descriptor: Int32

    static let indexName = "index.json"
    /// The name that the bot gives to the file of a record.
    static let recordNamePattern = "YYYYmmdd_HHMMSS_<trade_id>.json"
    /// More than the longest record that an event can hold.
    static let recordByteCountMax = 1 << 20
    /// The index of a million trades.
    private static let indexByteCountMax = 128 << 20

    init(path: String) throws(FileError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .current("open the directory", path) }
    }

    deinit { close(descriptor) }

    /// The names of everything in the directory, in the order of their bytes, which for records is that of their times.
    func names() throws(FileError) -> [ByteText] {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let stream = unsafe fdopendir(copy) else { throw .current("list", path) }
        defer { unsafe closedir(stream) }
        var names: [ByteText] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe ByteText($0.prefix { $0 != 0 }) }
            if name.text != "." && name.text != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .current("list", path) }
        return names.sorted()
    }

    /// Whether a name is one of `recordNamePattern`.
    static func isRecordName(_ name: ByteText) -> Bool {
        let (bytes, pattern) = (name.bytes, Array("00000000_000000_".utf8))
        guard bytes.count > pattern.count + ".json".utf8.count, bytes.suffix(5).elementsEqual(".json".utf8),
            String(validating: bytes, as: UTF8.self) != nil
        else { return false }
        return zip(bytes, pattern).allSatisfy { byte, expected in
            expected == UInt8(ascii: "_") ? byte == expected : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    /// What the index says about one trade.
    typealias IndexEntry = (trade: ByteText, file: ByteText)

    /// The entries of the index.
    func index() -> Result<[IndexEntry], JournalFault> {
        do throws(JournalFault) {
            let text = try bytes(of: ByteText(Self.indexName), byteCountMax: Self.indexByteCountMax)
            let object = try JournalText.object(text)
            var entries: [IndexEntry] = []
            for (trade, value) in object.members {
                guard let file = value.string else {
                    throw JournalFault(.unreadable, "it has no name of a file for the trade \(trade)")
                }
                entries.append((ByteText(trade), ByteText(file)))
            }
            return .success(entries)
        } catch { return .failure(error) }
    }

    /// The bytes of a file; throws why it is not read.
    func bytes(of name: ByteText, byteCountMax: Int = recordByteCountMax) throws(JournalFault) -> [UInt8] {
        // A pipe without a writer would keep `open` waiting.
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = unsafe openat(descriptor, name.bytes.map { CChar(bitPattern: $0) } + [0], flags)
        guard file >= 0 else { throw Self.fault("open", errno) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw Self.fault("examine", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw JournalFault(.unknown, status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file")
        }
        guard status.st_size <= byteCountMax else {
            throw JournalFault(.unreadable, "\(status.st_size) bytes; at most \(byteCountMax) are read")
        }
        return try Self.read(file, byteCount: status.st_size)
    }

    private static func read(_ file: Int32, byteCount: Int) throws(JournalFault) -> [UInt8] {
        var number: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            while count < byteCount {
                let result = unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: count), byteCount - count)
                if result < 0 && errno == EINTR { continue }
                if result < 0 { number = errno }
                guard result > 0 else { return }
                count += result
            }
        }
        guard number == 0 else { throw fault("read", number) }
        return bytes
    }

    private static func fault(_ operation: String, _ number: Int32) -> JournalFault {
        switch number {
        case ENOENT: JournalFault(.missing, "the file is not there")
        case ELOOP: JournalFault(.unknown, "a symbolic link")
        default: JournalFault(.unreadable, "cannot \(operation) it: \(unsafe String(cString: strerror(number)))")
        }
    }
}
