/// A reader of CSV that accepts only what RFC 4180 allows: quotes around fields that need them, and the same number of
/// fields in each record.
///
/// A record may end with a line feed alone.
package enum StrictCSV {
    /// What is wrong, and in which record, counted from 1.
    package struct Malformed: Error, Equatable {
        package let reason: String
        package let record: Int
    }

    /// The records with their fields.
    package static func records(of bytes: [UInt8]) throws(Malformed) -> [[String]] {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Malformed(reason: "it is no UTF-8", record: 1)
        }
        var records: [[String]] = []
        var index = 0
        while index < bytes.count {
            let fields = try record(bytes, &index, number: records.count + 1)
            guard fields.count == records.first?.count ?? fields.count else {
                throw Malformed(reason: "it has \(fields.count) fields", record: records.count + 1)
            }
            records.append(fields)
        }
        return records
    }

    private static func record(_ bytes: [UInt8], _ index: inout Int, number: Int) throws(Malformed) -> [String] {
        var fields: [String] = []
        while true {
            fields.append(try field(bytes, &index, number: number))
            if index < bytes.count && bytes[index] == UInt8(ascii: ",") {
                index += 1
                continue
            }
            if index < bytes.count && bytes[index] == UInt8(ascii: "\r") { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\n") else {
                throw Malformed(reason: "it does not end with a line feed", record: number)
            }
            index += 1
            return fields
        }
    }

    private static func field(_ bytes: [UInt8], _ index: inout Int, number: Int) throws(Malformed) -> String {
        let quote = UInt8(ascii: "\"")
        guard index < bytes.count, bytes[index] == quote else {
            let start = index
            while index < bytes.count, ![UInt8(ascii: ","), 0x0A, 0x0D].contains(bytes[index]) {
                guard bytes[index] != quote else { throw Malformed(reason: "a quote stands alone", record: number) }
                index += 1
            }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        var text: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == quote else {
                text.append(byte)
                continue
            }
            guard index < bytes.count, bytes[index] == quote else { return String(decoding: text, as: UTF8.self) }
            text.append(quote)
            index += 1
        }
        throw Malformed(reason: "a quote does not end", record: number)
    }
}
