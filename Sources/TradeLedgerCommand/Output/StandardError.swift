internal import Glibc

/// Where messages and progress go.
enum StandardError {
    /// Writes at once.
    ///
    /// An error on stderr cannot be reported anywhere.
    static func write(_ text: some Sequence<UInt8>) {
        let bytes = Array(text)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
