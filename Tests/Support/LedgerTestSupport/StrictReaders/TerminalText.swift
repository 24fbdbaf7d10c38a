/// Text without control: no character in it moves the cursor, reorders others or is invisible.
package enum TerminalText {
    /// Why a text is refused, and at which character, counted from 0.
    package struct Dangerous: Error, Equatable {
        package let reason: String
        package let offset: Int
    }

    /// Checks bytes; line feeds may be among them.
    package static func check(_ bytes: [UInt8]) throws(Dangerous) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Dangerous(reason: "it is no UTF-8", offset: 0)
        }
        for (offset, scalar) in text.unicodeScalars.enumerated() where scalar != "\n" && isDangerous(scalar) {
            throw Dangerous(reason: "U+\(String(scalar.value, radix: 16, uppercase: true))", offset: offset)
        }
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // C0, DEL and C1.
        case 0..<0x20, 0x7F..<0xA0: true
        // Controls of the writing direction.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x206F: true
        // Characters without width, and line separators.
        case 0x00AD, 0x200B...0x200D, 0x2028, 0x2029, 0x2060...0x2065, 0xFEFF: true
        default: false
        }
    }
}
