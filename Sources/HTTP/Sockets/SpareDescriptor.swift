internal import Glibc

/// A descriptor that is held for the time when the system has no other.
struct SpareDescriptor: ~Copyable {
    private var descriptor = Self.open()

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Does something that needs a descriptor, and gives it back.
    mutating func use(_ body: () -> Bool) -> Bool {
        if descriptor >= 0 { close(descriptor) }
        defer { descriptor = Self.open() }
        return body()
    }

    private static func open() -> Int32 { unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
