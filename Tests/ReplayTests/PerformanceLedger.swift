import Ledger
import LedgerTestSupport
import Projections
import Replay
import Statistics
import Testing
import TradeModel

/// A ledger of some events, and the figures of it by their names.
struct PerformanceLedger {
    let directory = TemporaryDirectory()

    init(_ lines: [String]) throws {
        try Ledger.create(in: directory.path)
        try append(lines)
    }

    func append(_ lines: [String]) throws {
        let ledger = try Ledger(opening: directory.path)
        defer { ledger.close() }
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) {
            #expect(try outcome.get().status == .appended)
        }
    }

    func reader() throws -> LedgerReader { try LedgerReader(opening: directory.path) }

    /// The figures of each set, by name.
    func figures(_ query: PerformanceQuery, asOf moment: Moment = .now) throws -> [FigureTexts] {
        try Self.figures([self], query, asOf: moment)
    }

    static func figures(
        _ ledgers: [PerformanceLedger],
        _ query: PerformanceQuery,
        asOf moment: Moment = .now
    ) throws -> [FigureTexts] {
        let replay = PerformanceReplay(try ledgers.map { try $0.reader() }, asOf: moment)
        return try replay.figures(query).figures.map { FigureTexts(PerformanceRow($0, ledgers: Array("[]".utf8))) }
    }

    static func opened(
        _ id: String,
        _ symbol: String = "BTC/USDT",
        at time: String = "2026-01-05T00:00:00Z",
        price: String = "100",
        more: String = ""
    ) -> String {
        #"{"type":"trade.opened","trade_id":"\#(id)","occurred_at":"\#(time)","symbol":"\#(symbol)","side":"buy","#
            + #""order_type":"market","amount":"1","price":"\#(price)"\#(more)}"#
    }

    static func closed(_ id: String, at time: String, price: String, more: String = "") -> String {
        #"{"type":"trade.closed","trade_id":"\#(id)","occurred_at":"\#(time)","price":"\#(price)"\#(more)}"#
    }

    static func price(_ symbol: String, at time: String, _ price: String) -> String {
        #"{"type":"price.observed","symbol":"\#(symbol)","occurred_at":"\#(time)","price":"\#(price)"}"#
    }

    static func money(_ type: String, at time: String, _ amount: String, currency: String = "USDT") -> String {
        #"{"type":"account.\#(type)","account":"default","currency":"\#(currency)","occurred_at":"\#(time)","#
            + #""amount":"\#(amount)"}"#
    }
}

/// The values of a row as they are printed, and the reasons of its nulls.
struct FigureTexts {
    let group: String?
    private let row: PerformanceRow

    init(_ row: PerformanceRow) {
        self.row = row
        group = row.figures.group?.text
    }

    /// The text of a value; nil for null.
    subscript(_ name: String) -> String? { figure(name)?.value.map(Self.text) }

    func reason(_ name: String) -> String? { figure(name)?.reason }

    func n(_ name: String) -> Int? { figure(name)?.n }

    private func figure(_ name: String) -> Figure<FigureValue>? {
        PerformanceColumn.all.first { $0.name == name }?.value(row)
    }

    private static func text(_ value: FigureValue) -> String {
        switch value {
        case .integer(let integer): "\(integer)"
        case .decimal(let decimal): decimal.description
        case .binary(let number): SignificantText.of(number)
        case .text(let text): text
        case .time(let time): time.description
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
