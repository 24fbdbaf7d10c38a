/// Values by their names, which are few and looked up often: comparing two numbers distinguishes nearly all.
struct NameTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let name: String
        let ends: Ends
        let value: Value
    }

    /// The first 8 bytes of a name and the last 8, as numbers: all of it, where it has no more than 16.
    private struct Ends: Equatable, Sendable {
        let head: UInt64
        let tail: UInt64

        init(_ name: Span<UInt8>) {
            head = name.littleEndian(at: 0, byteCount: min(name.count, 8))
            tail = name.count > 8 ? name.littleEndian64(at: name.count - 8) : head
        }
    }

    /// By the length of the name.
    private let entries: [Entry]
    /// For each length, where the entries of longer names begin.
    private let ends: [Int]

    init(_ values: [(name: String, value: Value)]) {
        entries =
            values
            .sorted { $0.name.utf8.count < $1.name.utf8.count }
            .map { Entry(name: $0.name, ends: Ends(Array($0.name.utf8).span), value: $0.value) }
        let byteCountMax = entries.last?.name.utf8.count ?? 0
        let byteCounts = entries.map(\.name.utf8.count)
        ends = (0...byteCountMax).map { byteCount in byteCounts.count { $0 <= byteCount } }
    }

    /// The value of that name, or nil where there is none of that name.
    subscript(name: Span<UInt8>) -> Value? {
        guard name.count > 0, name.count < ends.count else { return nil }
        let nameEnds = Ends(name)
        for index in ends[name.count - 1]..<ends[name.count] where entries[index].ends == nameEnds {
            if name.count <= 16 || name.holds(entries[index].name) { return entries[index].value }
        }
        return nil
    }
}
