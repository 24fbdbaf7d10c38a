internal import Glibc

/// The resources that this process has, as the system reports them (proc(5)); nil where it does not.
package struct ProcessFigures: Sendable {
    /// The memory that is in RAM.
    package let residentByteCount: Int?
    /// How many file descriptors are open.
    package let openDescriptorCount: Int?

    /// The figures of now.
    package init() {
        residentByteCount = Self.residentPageCount().map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
        openDescriptorCount = Self.countDescriptors()
    }

    /// The second number of `/proc/self/statm`.
    private static func residentPageCount() -> Int? {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        let words = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        return words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) : nil
    }

    /// The number of names in `/proc/self/fd`, without the descriptor with which they are read.
    private static func countDescriptors() -> Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            if unsafe entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1
    }
}
