/// The fields of an event that `ledger.trade_events` has no column for, as the JSON object in its column `details`.
package struct EventDetails {
    private let line: [UInt8]
    private let values: [(field: Field, value: JSONValue)]

    /// The object of an event's fields in ascending order; nil where the event has none of them.
    package static func text(of body: EventBody) -> [UInt8]? {
        guard body.type.hasDetails else { return nil }
        var json = JSONWriter()
        json.beginObject()
        for (field, range) in body.fields where !field.hasColumn {
            json.key(field.name)
            json.value(body, field, range)
        }
        json.endObject()
        return json.bytes.count > 2 ? json.bytes : nil
    }

    /// Reads what `text` wrote; the values are checked when they are appended to a body.
    ///
    /// Throws where it is no object of fields without a column.
    package init(_ text: some Collection<UInt8>) throws(BodyFault) {
        let line = Array(text)
        var values: [(field: Field, value: JSONValue)] = []
        do throws(Rejection) {
            for member in try JSONScanner.members(of: line.span) {
                guard case .field(let field)? = member.key.withContent(in: line.span, { EventKey.byName[$0] }),
                    !field.hasColumn
                else { throw Rejection(.unknownField, "a name that is no field without a column") }
                values.append((field, member.value))
            }
        } catch {
            throw BodyFault(message: error.message)
        }
        self.line = line
        self.values = values
    }

    /// Appends a field to a body, if the object has it.
    package func append(_ field: Field, to body: inout BodyWriter) throws(BodyFault) {
        guard let value = values.first(where: { $0.field == field })?.value else { return }
        do throws(Rejection) {
            body.append(field, try ValueReader.content(value, line.span, of: field, name: field.name), of: line.span)
        } catch {
            throw BodyFault(message: error.message)
        }
    }
}
