import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@testable import LedgerService

/// A ledger with what the routes of the pool read from, and the program to compare their answers with.
final class ServedLedger {
    let directory: TemporaryDirectory
    /// What keeps the directory, and is its writer.
    private let followed: FollowedLedger?
    let reading: Reading

    /// A ledger that has a writer.
    init(_ followed: FollowedLedger) throws {
        (self.followed, directory) = (followed, followed.directory)
        reading = try Self.reading(followed.directory)
    }

    /// A ledger without a writer.
    init(_ directory: TemporaryDirectory) throws {
        (followed, self.directory) = (nil, directory)
        reading = try Self.reading(directory)
    }

    deinit { reading.live.stop() }

    private static func reading(_ directory: TemporaryDirectory) throws -> Reading {
        let reader = try LedgerReader(opening: directory.path)
        let reading = Reading(reader: reader, live: try LiveFold(reader))
        reading.live.start()
        #expect(reading.live.waits(for: reading.live.startSequence, within: .seconds(60)))
        return reading
    }

    /// The answer to a request.
    func answer(_ path: String, _ query: String? = nil, _ parts: [String: String] = [:]) throws -> Answer {
        let route = try #require(ReadRoutes.all(nil).first { $0.path == path })
        guard case .pooled(let work) = route.work else { preconditionFailure("a thread of the pool answers") }
        return try work(try Parameters(path: parts, query: query, of: route.parameters), reading)
    }

    /// The problem that a request has.
    func problem(_ path: String, _ query: String? = nil, _ parts: [String: String] = [:]) throws -> ProblemCode? {
        #expect(throws: Problem.self) { try answer(path, query, parts) }?.code
    }

    /// The pages of a list: the elements of each, and the cursor that follows it.
    func pages(_ path: String, _ query: [String] = []) throws -> [Page] {
        var pages: [Page] = []
        repeat {
            let cursor = pages.last?.next.map { ["cursor=" + $0] } ?? []
            pages.append(try Page(try answer(path, (query + cursor).joined(separator: "&"))))
        } while pages.last?.next != nil
        return pages
    }

    /// What the built program prints.
    func printed(_ arguments: String...) throws -> [UInt8] {
        let outcome = try ChildProcess(
            ChildProcess.builtProgram("tradeledger"),
            arguments,
            environment: ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": directory.path],
            input: .bytes([])
        ).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return outcome.output
    }

    /// The JSON lines that it prints.
    func lines(_ arguments: String...) throws -> [String] { try lines(arguments) }

    /// The JSON lines that it prints.
    func lines(_ arguments: [String]) throws -> [String] {
        let outcome = try ChildProcess(
            ChildProcess.builtProgram("tradeledger"),
            arguments + ["--format", "json"],
            environment: ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": directory.path],
            input: .bytes([])
        ).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return outcome.lines
    }
}

/// A page of a list.
struct Page {
    /// The elements as they are in the answer, with the commas between them.
    let data: String
    let sequence: UInt64?
    let next: String?

    init(_ answer: Answer) throws {
        let text = String(decoding: answer.body, as: UTF8.self)
        let tail = try #require(text.lastRange(of: #"],"sequence":"#))
        try #require(text.hasPrefix(#"{"data":["#) && text.hasSuffix("}"))
        data = String(text[text.index(text.startIndex, offsetBy: 9)..<tail.lowerBound])
        let rest = text[tail.upperBound...].dropLast().split(separator: #","next":"#)
        try #require(rest.count == 2)
        sequence = UInt64(rest[0])
        next = rest[1] == "null" ? nil : String(rest[1].dropFirst().dropLast())
    }
}

extension String {
    /// Where a text comes last.
    fileprivate func lastRange(of text: String) -> Range<String.Index>? { ranges(of: text).last }
}
