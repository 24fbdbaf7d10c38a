import Testing

@testable import Ledger

@Suite struct `SHA-256` {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `of the examples of FIPS 180-4`(text: String, digest: String) {
        #expect(hexadecimal(digest: Array(text.utf8), splitAt: 0) == digest)
    }

    /// The expected digest is that of all digests, computed with Python's `hashlib`.
    @Test func `is right for every length, on both sides of where padding takes another block`() {
        var digests: [UInt8] = []
        for count in 0..<400 {
            let message = (0..<count).map { UInt8($0 * 7 % 251) }
            for place in [1, 64, 300] where place <= count {
                #expect(hexadecimal(digest: message, splitAt: place) == hexadecimal(digest: message, splitAt: 0))
            }
            digests += bytes(digest: message, splitAt: 0)
        }
        let expected = "8e5e9511c93ba13727769d8b9e3e819dea57453ae626783e5117fe5d2360f16f"
        #expect(hexadecimal(digest: digests, splitAt: 0) == expected)
    }

    private func hexadecimal(digest message: [UInt8], splitAt place: Int) -> String {
        bytes(digest: message, splitAt: place).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(digest message: [UInt8], splitAt place: Int) -> [UInt8] {
        let digest = SHA256.digest(of: message.span.extracting(first: place), message.span.extracting(place...))
        return digest.indices.map { digest[$0] }
    }
}
