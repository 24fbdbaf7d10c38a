internal import Glibc
package import Testing

/// A file system with little space, mounted on a new directory for one test.
package final class SmallDisk: Sendable {
    /// File systems that behave differently when they are full.
    package enum Kind: String, Sendable {
        case tmpfs
        /// In a file, through a loop device.
        case ext4

        /// Whether this process may mount it; it tries.
        var isPermitted: Bool {
            do {
                _ = try SmallDisk(self, mebibyteCount: 8)
                return true
            } catch {
                return false
            }
        }
    }

    /// The file system could not be mounted.
    package struct Refusal: Error {
        let command: String
    }

    /// Where it is mounted.
    package var path: String { directory.path + "/disk" }
    private let directory = TemporaryDirectory()
    private var ballastPath: String { path + "/ballast" }

    package init(_ kind: Kind, mebibyteCount: Int) throws {
        // A server on it runs as another user.
        guard unsafe mkdir(path, 0o755) == 0, unsafe chmod(directory.path, 0o755) == 0 else {
            throw Refusal(command: "mkdir \(path)")
        }
        let image = directory.path + "/image"
        switch kind {
        case .tmpfs: try Self.run("mount -t tmpfs -o size=\(mebibyteCount)m tmpfs \(path)")
        case .ext4:
            try Self.run("truncate -s \(mebibyteCount)M \(image)")
            try Self.run("mkfs.ext4 -q -F -m 0 \(image)")
            try Self.run("mount -o loop \(image) \(path)")
        }
    }

    deinit {
        // A busy file system is unmounted once its last file is closed.
        _ = unsafe umount2(path, Int32(MNT_DETACH))
    }

    /// Uses all free space, to the last block.
    package func fill() throws {
        let ballast = unsafe open(ballastPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard ballast >= 0 else { throw Refusal(command: "open \(ballastPath)") }
        defer { close(ballast) }
        for byteCount in [64 << 10, 4 << 10, 1] {
            let block = [UInt8](repeating: 0xBA, count: byteCount)
            while unsafe write(ballast, block, byteCount) == byteCount {}
        }
        // Space that is only reserved for the ballast is not used yet.
        guard fsync(ballast) == 0 || errno == ENOSPC else { throw Refusal(command: "fsync \(ballastPath)") }
    }

    /// Frees the space that `fill` used.
    package func empty() throws {
        guard unsafe unlink(ballastPath) == 0 else { throw Refusal(command: "unlink \(ballastPath)") }
    }

    private static func run(_ command: String) throws {
        let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let outcome = try ChildProcess("/bin/sh", ["-c", command], environment: path, input: .bytes([])).finish()
        guard outcome.ending == .exit(0) else { throw Refusal(command: command) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs a test only if such a file system can be mounted.
    package static func mounts(_ kind: SmallDisk.Kind) -> Self {
        .enabled(if: kind.isPermitted, "mounting \(kind.rawValue) is not permitted here")
    }
}
