internal import Glibc
internal import TradeModel

/// The machine of the measurement.
struct Machine {
    let commit: String
    let measuredAt: String
    let processor: String
    let processorCount = Self.processorCount
    let memoryByteCount: Int
    let kernel: String
    let fileSystem: String
    /// The load average of the minute before: if it is far from 0, the figures say little.
    let load: String

    init(directory: String, commit: String) {
        self.commit = commit
        measuredAt = Timestamp(microsecondsSince1970: Int64(time(nil)) * 1_000_000).description
        let model = Self.lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }
        processor = String(model?.split(separator: ":").last?.drop { $0 == " " } ?? "unknown processor")
        memoryByteCount = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        kernel = Self.lines(of: "/proc/sys/kernel/osrelease").first ?? "unknown"
        fileSystem = Self.fileSystem(of: directory)
        load = Self.lines(of: "/proc/loadavg").first?.split(separator: " ").first.map(String.init) ?? "unknown"
    }

    /// How many processors it has.
    static let processorCount = sysconf(Int32(_SC_NPROCESSORS_ONLN))

    /// The members of the report's JSON.
    var members: [(String, JSON)] {
        [
            ("commit", .text(commit)), ("measured_at", .text(measuredAt)), ("processor", .text(processor)),
            ("processors", .number(Double(processorCount))), ("memory_bytes", .number(Double(memoryByteCount))),
            ("kernel", .text(kernel)), ("file_system", .text(fileSystem)), ("load", .text(load)),
        ]
    }

    /// The type of the file system of a path: that of the longest mount point that is a prefix of it.
    private static func fileSystem(of path: String) -> String {
        let mounts = lines(of: "/proc/mounts").map { $0.split(separator: " ") }
        let around = mounts.filter { $0.count > 2 && ($0[1] == "/" || (path + "/").hasPrefix($0[1] + "/")) }
        // If one is mounted over another, the later one counts.
        let nearest = around.enumerated().max { ($0.element[1].count, $0.offset) < ($1.element[1].count, $1.offset) }
        return nearest.map { "\($0.element[2])" } ?? "unknown"
    }

    /// The lines of a system file; none if it cannot be read.
    static func lines(of path: String) -> [String] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
