import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `A damaged body` {
    @Test(arguments: EventType.sentByProducers)
    func `is refused wherever it is cut, or is shorter by whole fields`(type: EventType) throws {
        let body = try event(type, CompleteEvent.fields(of: type))
        let ends = body.fields.map { $0.1.upperBound } + [1 + 8 + 1 + body.subjectBytes.count]
        for byteCount in 0..<body.bytes.count {
            let cut = try valid(Array(body.bytes[..<byteCount]))
            #expect(cut == nil || ends.contains(byteCount), "the first \(byteCount) bytes")
        }
    }

    @Test(arguments: EventType.sentByProducers)
    func `is refused with anything after it`(type: EventType) throws {
        let body = try event(type, CompleteEvent.fields(of: type))
        for byte in UInt8.min...UInt8.max {
            #expect(try valid(Array(body.bytes) + [byte]) == nil)
        }
    }

    @Test(arguments: EventType.sentByProducers)
    func `with one byte changed is refused or is a body that JSON can also produce`(type: EventType) throws {
        let body = try event(type, CompleteEvent.fields(of: type))
        var bytes = Array(body.bytes)
        for index in bytes.indices {
            for bit in 0..<8 {
                bytes[index] ^= 1 << UInt8(bit)
                if let other = try valid(bytes) { try checkReadsBack(other) }
                bytes[index] = body.bytes[index]
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `with several bytes changed is refused or is a body that JSON can also produce`(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for type in EventType.sentByProducers {
            let body = try event(type, CompleteEvent.fields(of: type))
            for _ in 0..<2000 {
                var bytes = Array(body.bytes)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let index = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                    }
                }
                if let other = try valid(bytes) { try checkReadsBack(other) }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `of random bytes is refused`(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let count = Int.random(in: 0...80, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if count > 0 { bytes[0] = UInt8.random(in: 1...7, using: &random) }
            #expect(try valid(bytes) == nil)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `that still has the form can be read completely`(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var formOnlyCount = 0
        for type in EventType.sentByProducers {
            let body = try event(type, CompleteEvent.fields(of: type))
            for _ in 0..<2000 {
                var bytes = Array(body.bytes)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let formed: EventBody
                // A slice that does not begin at 0, as a record within a frame.
                do { formed = try EventBody(([0, 0, 0] + bytes)[3...], checking: .form) } catch {
                    #expect(try valid(bytes) == nil)
                    continue
                }
                if try valid(bytes) == nil { formOnlyCount += 1 }
                var line: [UInt8] = []
                EventJSON.write(EventDraft(body: formed), into: &line)
                #expect(!line.isEmpty)
                if type == .opened, formed.type == .opened {
                    do { _ = try Trade(opening: formed, sequence: 1).figures } catch { #expect(!error.message.isEmpty) }
                }
            }
        }
        // A test without such cases would prove nothing.
        #expect(formOnlyCount > 500)
    }

    /// The body in the bytes, or nil; reads everything in it.
    private func valid(_ bytes: [UInt8]) throws -> EventBody? {
        do throws(BodyFault) {
            return try EventBody(validating: bytes)
        } catch {
            #expect(!error.message.isEmpty)
            return nil
        }
    }

    /// A body that a log may have is one that could have been accepted: printed as JSON it gives the same bytes.
    private func checkReadsBack(_ body: EventBody) throws {
        let line = printed(EventDraft(body: body), ledgerID: nil)
        let again = try EventJSON.decode(line: Array(line.dropLast().utf8))
        #expect(again.body == body, "\(line)")
    }
}
