import Foundation

/// A JSON value with its type, so that a test finds a number that should be a string.
enum JSONValue: Equatable, Decodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case fraction(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The name of the type.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .integer: "integer"
        case .fraction: "fraction"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int64? { if case .integer(let number) = self { number } else { nil } }

    private static func number(_ number: Double) -> JSONValue {
        Int64(exactly: number).map(JSONValue.integer) ?? .fraction(number)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
            return
        }
        let readings: [() throws -> JSONValue] = [
            { .bool(try container.decode(Bool.self)) },
            { Self.number(try container.decode(Double.self)) },
            { .string(try container.decode(String.self)) },
            { .array(try container.decode([JSONValue].self)) },
        ]
        for reading in readings {
            do {
                self = try reading()
                return
            } catch DecodingError.typeMismatch {
                continue
            }
        }
        self = .object(try container.decode([String: JSONValue].self))
    }
}

/// The members of a line that holds one JSON object.
func jsonObject(_ line: String) throws -> [String: JSONValue] {
    try JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8))
}
