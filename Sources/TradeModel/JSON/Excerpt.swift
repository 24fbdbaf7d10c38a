/// The beginning of a piece of JSON, for a message: short enough to be read, cut between characters.
func excerpt(of json: Span<UInt8>) -> String {
    let byteCountMax = 64
    guard json.count > byteCountMax else { return json.text }
    var end = byteCountMax
    while json[end] & 0xC0 == 0x80 { end -= 1 }
    return json.extracting(..<end).text + "…"
}
