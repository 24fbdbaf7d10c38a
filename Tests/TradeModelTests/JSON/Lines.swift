import Testing
import TradeModel

/// Why a line is refused; nil if it is an event.
func rejection(of line: [UInt8]) -> Rejection? {
    do throws(Rejection) {
        _ = try EventJSON.decode(line: line)
        return nil
    } catch {
        return error
    }
}

func rejection(of line: String) -> Rejection? { rejection(of: Array(line.utf8)) }

func draft(_ line: String) throws -> EventDraft { try EventJSON.decode(line: Array(line.utf8)) }

/// An event with only its required members and these, each with a comma before it.
func annotated(_ members: String) -> String {
    #"{"type":"trade.annotated","trade_id":"T1","occurred_at":1700000000000"# + members + "}"
}

func ordered(_ members: String) -> String {
    #"{"type":"order.submitted","order_id":"o","occurred_at":1700000000000,"symbol":"BTC/USDT","side":"buy","#
        + #""order_type":"limit"\#(members)}"#
}

func adjusted(_ members: String) -> String {
    #"{"type":"trade.adjusted","trade_id":"T1","occurred_at":1700000000000"# + members + "}"
}

/// An open with its required members; a given member replaces the usual one.
func opened(_ members: KeyValuePairs<String, String> = [:]) -> String {
    var all: [(String, String)] = [
        ("type", #""trade.opened""#), ("trade_id", #""T1""#), ("occurred_at", "1719792600000"),
        ("symbol", #""BTC/USDT""#), ("side", #""buy""#), ("order_type", #""market""#), ("amount", #""1.5""#),
        ("price", "60000"),
    ]
    for (name, value) in members {
        if let index = all.firstIndex(where: { $0.0 == name }) {
            all[index].1 = value
        } else {
            all.append((name, value))
        }
    }
    return "{" + all.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
}
