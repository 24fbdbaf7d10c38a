internal import Glibc

/// Asks a descriptor whether something can be read from it, without waiting.
struct Poll {
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    var isReadable: Bool {
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&file, 1, 0) > 0
    }
}
