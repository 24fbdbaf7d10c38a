internal import CLedgerShims
internal import Glibc

/// Waits for many descriptors at a time.
struct Poller: ~Copyable {
    /// What a descriptor is.
    enum Tag: Equatable {
        case mailbox
        case listener
        case daemon
        /// The connection of a client, of which only the end is waited for: the rest is up to its daemon.
        case client(Int32)
        case webSocket(Int32)
        /// A connection that is read until the client has ended it.
        case lingering(Int32)
    }

    /// What to wait for.
    struct Interest: OptionSet {
        let rawValue: UInt32

        static let readable = Self(rawValue: UInt32(ledger_poll_readable))
        static let writable = Self(rawValue: UInt32(ledger_poll_writable))
        /// The client has ended the connection; reported once.
        static let peerEnd = Self(rawValue: UInt32(ledger_poll_peer_ended) | UInt32(bitPattern: Int32.min))
    }

    private let descriptor: Int32
    private var ready = [ledger_poll_event](repeating: ledger_poll_event(), count: 64)

    init() throws(HTTPError) {
        descriptor = ledger_poll_open()
        guard descriptor >= 0 else { throw HTTPError(cannot: "wait for descriptors", errno) }
    }

    deinit { close(descriptor) }

    /// Adds a descriptor, or changes what is waited for; false if the system has no memory for it.
    @discardableResult
    func set(_ other: Int32, _ interest: Interest, _ tag: Tag) -> Bool {
        ledger_poll_set(descriptor, other, interest.rawValue, Self.number(tag)) == 0
    }

    /// Removes a descriptor that was added.
    func remove(_ other: Int32) { ledger_poll_remove(descriptor, other) }

    /// Waits until something has happened or a time has passed, -1 for ever.
    ///
    /// Returns how many events there are.
    mutating func wait(milliseconds: Int32) -> Int {
        let count = unsafe ready.withUnsafeMutableBufferPointer {
            unsafe ledger_poll_wait(descriptor, $0.baseAddress, Int32($0.count), milliseconds)
        }
        return Int(max(0, count))
    }

    /// The descriptor of one of the events of the last wait.
    func tag(ofEvent index: Int) -> Tag { Self.tag(ready[index].tag) }

    private static func number(_ tag: Tag) -> UInt64 {
        switch tag {
        case .mailbox: 0 << 32
        case .listener: 1 << 32
        case .daemon: 2 << 32
        case .client(let descriptor): 3 << 32 | UInt64(UInt32(bitPattern: descriptor))
        case .webSocket(let descriptor): 4 << 32 | UInt64(UInt32(bitPattern: descriptor))
        case .lingering(let descriptor): 5 << 32 | UInt64(UInt32(bitPattern: descriptor))
        }
    }

    private static func tag(_ number: UInt64) -> Tag {
        let descriptor = Int32(truncatingIfNeeded: number)
        switch number >> 32 {
        case 0: return .mailbox
        case 1: return .listener
        case 2: return .daemon
        case 3: return .client(descriptor)
        case 4: return .webSocket(descriptor)
        default: return .lingering(descriptor)
        }
    }
}
