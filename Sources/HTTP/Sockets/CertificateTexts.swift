internal import Glibc

/// A certificate and its key, as PEM texts.
struct CertificateTexts: Sendable {
    let certificate: String
    let key: String

    /// Reads the files.
    init(reading files: HTTPCertificateFiles) throws(HTTPError) {
        certificate = try Self.text(files.certificate)
        key = try Self.text(files.key)
    }

    private static func text(_ path: String) throws(HTTPError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HTTPError(cannot: "open \(path)", errno) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            guard count > 0 else { throw HTTPError(cannot: "read \(path)", errno) }
            text += buffer.prefix(count)
            guard text.count <= 1 << 20 else { throw HTTPError("\(path) is longer than a certificate or a key") }
        }
    }
}
