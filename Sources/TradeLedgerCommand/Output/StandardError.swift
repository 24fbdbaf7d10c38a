internal import Glibc

/// Where messages and progress go.
enum StandardError {
    /// Writes at once.
    ///
    /// A stderr that cannot be written to is nobody's to tell.
    static func write(_ text: some Sequence<UInt8>) {
        let bytes = Array(text)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
