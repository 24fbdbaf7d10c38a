internal import Glibc

/// A new directory for one test, removed with its content when it is released.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/tradeledger-test-XXXXXX\0".utf8CString.dropLast())
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("/tmp takes directories") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The names of the files in it, sorted.
    package var files: [String] { Self.names(path).sorted() }

    private static func names(_ path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in names(path) {
            let child = path + "/" + name
            if unsafe unlink(child) != 0 { remove(child) }
        }
        _ = unsafe rmdir(path)
    }
}
