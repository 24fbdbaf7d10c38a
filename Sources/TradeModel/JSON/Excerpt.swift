/// The beginning of a piece of JSON, for a message: short enough to be read, cut between characters.
func excerpt(of json: ArraySlice<UInt8>) -> String {
    let byteCountMax = 64
    guard json.count > byteCountMax else { return String(decoding: json, as: UTF8.self) }
    var end = json.startIndex + byteCountMax
    while json[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: json[..<end], as: UTF8.self) + "…"
}
