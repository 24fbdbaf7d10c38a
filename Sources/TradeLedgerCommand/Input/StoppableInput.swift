/// The input of `append`, which SIGINT and SIGTERM end.
///
/// A file or a terminal ends at the first signal. A pipe or a socket is read on until its writer ends it.
struct StoppableInput: ~Copyable {
    private let file: InputFile
    private let stop: StopRequests
    /// Whether all of it was read.
    private(set) var isAtEnd = false

    init(_ file: consuming InputFile, _ stop: StopRequests) {
        self.file = file
        self.stop = stop
    }

    var name: String { file.name }

    /// How many bytes it has, 0 where it is a pipe or a terminal.
    var byteCount: Int { file.byteCount }

    /// Whether there is something to read, or the end, without waiting for it.
    var isReadable: Bool { file.isReadable }

    /// The next bytes as soon as there are any; nil at the end, or once signals leave no time.
    mutating func read() throws(FileError) -> [UInt8]? {
        while true {
            stop.take()
            guard stop.phase != .over else { return nil }
            // Input that arrived before the deadline is read even if this call is late.
            let isLast = stop.phase.isOver(at: .now)
            switch try stop.waitForInput(file) {
            case .interruption: continue
            case .nothing where !isLast: continue
            case .nothing: stop.endAtDeadline()
            case .input:
                let bytes = try file.read()
                isAtEnd = bytes == nil
                if isLast && !isAtEnd { stop.endAtDeadline() }
                return bytes
            }
        }
    }
}
