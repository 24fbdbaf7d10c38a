import LedgerService
import Testing
import TradeModel

@Suite struct `A log line of the service` {
    @Test func `names the ids that apply, in the order of the contract`() {
        var line = LogLine(.warning, "the event was rejected")
        #expect(line.ids.isEmpty)
        line.requestID = "r-1"
        line.ledgerID = EventID("01890a5d-ac96-774b-bcce-b302099a8057")
        line.symbol = "BTC/USDT"
        line.tradeID = "t-1"
        line.correlationID = "c-1"
        #expect(line.ids.map(\.name) == ["correlation_id", "trade_id", "symbol", "ledger_id", "request_id"])
        #expect(line.ids.map(\.value) == ["c-1", "t-1", "BTC/USDT", "01890a5d-ac96-774b-bcce-b302099a8057", "r-1"])
    }
}

@Suite struct `A token in a text` {
    private static let token = "tl_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo"

    @Test(arguments: [
        ("no such file: \(token)", "no such file: tl_***"),
        ("\(token),tl_short.", "tl_***,tl_***."),
        ("a path/\(token)/events", "a path/tl_***/events"),
        ("glued\(token)", "gluedtl_***"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("authorization=BEARER: \"abc\" and more", "authorization=BEARER: \"***\" and more"),
        ("Bearer \(token)", "Bearer ***"),
        ("Bearer  ünï", "Bearer  ***"),
    ])
    func `is redacted`(_ text: String, _ redacted: String) {
        #expect(TokenRedaction.redacted(text) == redacted)
        #expect(TokenRedaction.redacted(redacted) == redacted)
    }

    @Test(arguments: ["", "html_page", "tl_", "Bearer", "Bearer ", "BTC/USDT:USDT", "the forbearers", "tl ünï"])
    func `is not seen where there is none`(_ text: String) {
        #expect(TokenRedaction.redacted(text) == text)
    }
}
