import LedgerTestSupport
import Testing

/// A fault of the disk for the program under test, from the preloaded library.
struct Fault: CustomTestStringConvertible {
    /// The files of a ledger that contain its events.
    static let segments = "*/ledger/0*.segment"
    /// The file whose creation starts the fault, if a test wants that.
    static let switchName = "switch"

    let files: String
    let call: String
    let effect: String
    var byteCount: Int?
    var count: Int?

    var testDescription: String {
        [effect, "of", call, byteCount.map { "at \($0) bytes" }, count.map { "\($0) times" }, files]
            .compactMap { $0 }.joined(separator: " ")
    }

    /// The variables that bring the fault about, from the beginning.
    var environment: [String: String] {
        let library = CommandLedger.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        var variables = [
            "LD_PRELOAD": library + "/libCFaultInjection.so", "FAULT_FILES": files, "FAULT_CALL": call,
            "FAULT_EFFECT": effect,
        ]
        variables["FAULT_BYTES"] = byteCount.map { String($0) }
        variables["FAULT_COUNT"] = count.map { String($0) }
        return variables
    }

    /// The variables that bring the fault about once there is a file of that name beside the ledger.
    func environment(whenSwitchedOnBeside ledger: CommandLedger) -> [String: String] {
        environment.merging(["FAULT_SWITCH": ledger.directory.path + "/" + Self.switchName]) { $1 }
    }
}
