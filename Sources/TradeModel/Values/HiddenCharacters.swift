extension Unicode.Scalar {
    /// Control characters, line separators, and what Unicode calls default ignorable: characters that steer a terminal,
    /// change the direction of text, or are not seen at all.
    ///
    /// The list is written out, so that every reader of `schema/proof-format.md` has the same one in every year.
    private static let hidden: [ClosedRange<UInt32>] = [
        0x0000...0x001F, 0x007F...0x009F, 0x00AD...0x00AD, 0x034F...0x034F, 0x061C...0x061C, 0x115F...0x1160,
        0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164,
        0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
        0xE0000...0xE0FFF,
    ]

    /// Whether text that shows this character as it is can look like other text.
    package var isHidden: Bool {
        guard !(0x20...0x7E).contains(value) else { return false }
        return Self.hidden.contains { $0.contains(value) }
    }
}
