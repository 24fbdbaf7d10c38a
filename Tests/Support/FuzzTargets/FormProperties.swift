internal import Ledger
internal import TradeModel

/// What is true of the records of a frame if only their form is checked, because the frame's checksum is valid.
enum FormProperties {
    /// Reads everything in each event, which never traps, whatever its texts are.
    static func check(_ frame: Frame, whole: [Event]) throws(BrokenProperty) {
        var records = RecordIterator(frame, checking: .form)
        var events: [Event] = []
        var trade: Trade?
        do throws(BodyFault) {
            while let event = try records.next() {
                events.append(event)
                var printed: [UInt8] = []
                EventJSON.write(event, ledgerID: nil, into: &printed)
                fold(event, into: &trade)
            }
        } catch {
            // A record without the right form ends the frame, as it does for a reader.
        }
        try BrokenProperty.unless(events.starts(with: whole), "what is whole is read alike, however it is checked")
    }

    private static func fold(_ event: Event, into trade: inout Trade?) {
        do throws(Rejection) {
            switch event.body.type {
            case .opened: trade = try Trade(opening: event.body, sequence: event.sequence)
            case .lost: break
            default: try trade?.apply(event.body, sequence: event.sequence)
            }
            _ = trade?.figures
        } catch {
            // The rules refuse most random events.
        }
    }
}
