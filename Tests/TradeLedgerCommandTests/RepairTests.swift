import LedgerTestSupport
import Testing

@Suite struct `The command repair` {
    private static let name = "00000000000000000001.segment"

    /// A ledger of three frames, with a flipped bit in the first.
    private func damaged() throws -> CommandLedger {
        let ledger = try CommandLedger()
        for id in ["a", "b", "c"] { try ledger.append([EventText.opened(id), EventText.closed(id)]) }
        var segment = try StoredFile(ledger.path + "/" + Self.name)
        segment.bytes[200] ^= 1
        try segment.write()
        return ledger
    }

    @Test func `says that nothing is damaged`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let outcome = try ledger.run("repair")
        #expect(outcome.ending == .exit(0))
        #expect(outcome.stdout.isEmpty)
        #expect(outcome.stderr.contains("nothing is damaged"))
    }

    @Test func `explains the damage and changes nothing`() throws {
        let ledger = try damaged()
        let before = try StoredFile(ledger.path + "/" + Self.name).bytes
        for arguments in [["repair"], ["repair", "--mend"]] {
            let outcome = try ledger.start(arguments, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(74))
            let corruptions = try outcome.lines.map(jsonObject)
            #expect(corruptions.count == 1)
            let corruption = try #require(corruptions.first)
            #expect(corruption["state"] == .string("damaged") && corruption["file"] == .string(Self.name))
            #expect(corruption["offset"] == .integer(64))
            #expect(corruption["first_sequence"] == .integer(1) && corruption["last_sequence"] == .integer(2))
            #expect(corruption["remedy"]?.text?.contains("--accept-loss 1..2") == true)
            #expect(try StoredFile(ledger.path + "/" + Self.name).bytes == before)
        }
    }

    @Test func `gives up the named events, and verify and events show it`() throws {
        let ledger = try damaged()
        let wrong = try ledger.run("repair", "--accept-loss", "1..3", "--reason", "disk", "--actor", "maria")
        #expect(wrong.ending == .exit(64))
        #expect(wrong.stderr.contains("1..2"))
        let outcome = try ledger.run("repair", "--accept-loss", "1..2", "--reason", "disk", "--actor", "maria")
        #expect(outcome.ending == .exit(0))
        #expect(try outcome.lines.map(jsonObject).map { $0["state"]?.text } == ["given up"])
        let lost = try ledger.events("--type", "ledger.lost")
        #expect(lost.map { $0["sequence"] } == [.integer(1), .integer(2)])
        #expect(lost.allSatisfy { $0["reason"] == .string("disk") && $0["actor"] == .string("maria") })
        let verify = try ledger.run("verify")
        #expect(verify.ending == .exit(0))
        let check = try #require(try verify.lines.map(jsonObject).first { $0["check"] == .string("lost") })
        let extent = try #require(check["extent"]?.text)
        for words in ["2 events given up: 1..2 (disk; maria", "0 later events left out"] {
            #expect(extent.contains(words), "\(extent)")
        }
        #expect(try ledger.run("trades").lines.count == 2)
        try ledger.append([EventText.opened("a"), EventText.closed("a")])
        #expect(try ledger.run("trades").lines.count == 3)
        #expect(try ledger.run("trade", "ledger.lost").ending == .exit(66))
    }

    @Test(arguments: ["lock", "durable", "rejected.log"])
    func `is named by every command if a file beside the log is missing, and recreates the file`(name: String) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let commands = [["events"], ["trades"], ["status"], ["rejected"], ["verify"], ["append"], ["backup", "$D/b"]]
        try #require(try ledger.shell(#"rm "$D/ledger/\#(name)""#).ending == .exit(0))
        for command in commands {
            let outcome = try ledger.shell(#""$T" \#(command.joined(separator: " "))"#)
            let said = outcome.stdout + outcome.stderr
            #expect(!said.contains("tradeledger init"), "\(command): \(said)")
            guard outcome.ending != .exit(0) else { continue }
            #expect(said.contains("/\(name)") && said.contains("`tradeledger repair --mend`"), "\(command): \(said)")
        }
        let told = try ledger.run("repair")
        #expect(told.ending == .exit(74))
        #expect(try told.lines.map { try jsonObject($0)["file"]?.text } == [name])
        #expect(try ledger.run("repair", "--mend").ending == .exit(0))
        for command in commands {
            let outcome = try ledger.shell(#""$T" \#(command.joined(separator: " "))"#)
            #expect(outcome.ending == .exit(0), "\(command): \(outcome.stdout)\(outcome.stderr)")
        }
        #expect(try ledger.events().count == 1)
    }

    @Test(arguments: [
        ["--accept-loss", "2..1"], ["--accept-loss", "1"], ["--accept-loss", "1.2"], ["--accept-loss", "0..1"],
        ["--accept-loss", "1..2"], ["--reason", "r"], ["operand"],
    ])
    func `refuses wrong arguments`(arguments: [String]) throws {
        let ledger = try damaged()
        let words = ["repair"] + arguments + (arguments[0] == "--accept-loss" ? ["--actor", "a"] : [])
        #expect(try ledger.start(words, input: .bytes([])).finish().ending == .exit(64))
    }
}
