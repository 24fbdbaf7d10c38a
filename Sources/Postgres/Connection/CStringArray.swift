/// Values in the form that libpq expects: an array of pointers to zero-terminated strings.
struct CStringArray {
    private var storage: [CChar] = []
    private var offsets: [Int?] = []

    var count: Int { offsets.count }

    mutating func append(_ string: String) {
        offsets.append(storage.count)
        storage.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
        storage.append(0)
    }

    /// Binary values may contain zeros; their length is passed separately.
    mutating func append(bytes: [UInt8]) {
        offsets.append(storage.count)
        storage.append(contentsOf: bytes.lazy.map { CChar(bitPattern: $0) })
        storage.append(0)
    }

    mutating func appendNull() {
        offsets.append(nil)
    }

    /// The pointers are valid during `body` only.
    func withUnsafePointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
        unsafe storage.withUnsafeBufferPointer { bytes in
            // libpq's arrays of keywords end in a null pointer; its arrays of values do not mind one.
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets {
                if let offset, let start = bytes.baseAddress {
                    unsafe pointers.append(start + offset)
                } else {
                    unsafe pointers.append(nil)
                }
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else {
                    preconditionFailure("the array holds at least its terminator")
                }
                return unsafe body(start)
            }
        }
    }
}
