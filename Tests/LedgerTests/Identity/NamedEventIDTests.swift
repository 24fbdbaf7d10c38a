import Testing
import TradeModel

@testable import Ledger

@Suite struct `Event ids of names` {
    private static let dns = EventID(high: 0x6BA7_B810_9DAD_11D1, low: 0x80B4_00C0_4FD4_30C8)
    private static let url = EventID(high: 0x6BA7_B811_9DAD_11D1, low: 0x80B4_00C0_4FD4_30C8)

    /// The first is the example of RFC 9562, appendix A.4; Python's `uuid.uuid5` computed the others.
    @Test(arguments: [
        (dns, "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"),
        (dns, "", "4ebd0208-8328-5d69-8c44-ec50939c0967"),
        (url, "fill/1 – ü", "cf4b568b-04b9-5b88-9edc-761451729295"),
        (url, String(repeating: "x", count: 300), "458bdf5e-edc1-5563-9c58-3b789b486616"),
    ])
    func `are those of version 5 of RFC 9562`(namespace: EventID, name: String, id: String) {
        #expect(EventID.version5(namespace: namespace, name: name.utf8).description == id)
    }
}
