internal import LedgerTestSupport

/// Alters a checkpoint, a proof or a public key, and runs both verifiers: the program and `tools/verify-proof`.
///
/// Both refuse the altered file, and always agree.
struct ProofsAttack {
    private enum Document: UInt64, CaseIterable {
        case proof
        case checkpoint
        case key
    }

    private let document: Document
    private let alterations: [TextAlteration]

    /// The verifier in Python is slow.
    private static let alterationCount = 6

    private static let verifier: String = {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        return "/\(root)/tools/verify-proof"
    }()

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        document = Document.allCases[Int(random.next(below: 3))]
        alterations = (0..<Self.alterationCount).map { _ in TextAlteration(&random) }
    }

    func run(_ rig: Rig) throws -> Int {
        let ledger = try rig.damageableLedger().copy()
        let preparation = try ledger.shell(
            #""$T" prove trade-7 >"$D/proof" && "$T" checkpoint >"$D/checkpoint""#
        )
        guard preparation.ending == .exit(0) else { throw BrokenPromise("nothing to alter: \(preparation.stderr)") }
        let name =
            switch document {
            case .proof: "proof"
            case .checkpoint: "checkpoint"
            case .key: "kept.pub"
            }
        let file = ledger.directory.damaged(name)
        let original = try file.bytes()
        try check(ledger, nil, "unaltered")
        for alteration in alterations {
            let altered = alteration.altered(original)
            guard altered != original else { continue }
            try file.replace(altered)
            try check(ledger, alteration, "\(name) with \(alteration)")
        }
        return alterations.count
    }

    private func check(_ ledger: AttackedLedger, _ alteration: TextAlteration?, _ description: String) throws {
        let (own, other) = try verdicts(ledger)
        try ledger.checkEnding(own, ["verify-proof"])
        try promise(own.ending == .exit(0) || !own.stderr.isEmpty, "\(description): refused without a reason")
        // For a malformed key one verifier reports a configuration error, and the other an invalid proof.
        let isEqual =
            document == .key
            ? (own.ending == .exit(0)) == (other.ending == .exit(0)) : own.ending == other.ending
        try promise(
            isEqual,
            "\(description): `tradeledger` ends with \(own.ending), tools/verify-proof with \(other.ending): "
                + own.stderr + other.stderr
        )
        let mayHold = alteration.map { $0.addsNothing || (document == .key && $0.leavesOut) } ?? true
        let mayFail = alteration != nil
        try promise(own.ending == .exit(0) ? mayHold : mayFail, "\(description): \(own.ending) \(own.stderr)")
        try promise(!other.stderr.contains("Traceback"), "\(description): \(other.stderr)")
    }

    private func verdicts(_ ledger: AttackedLedger) throws -> (own: ChildProcess.Outcome, other: ChildProcess.Outcome) {
        let variables = ["V": Self.verifier]
        switch document {
        case .proof, .key:
            return (
                try ledger.shell(#"exec "$T" verify-proof "$D/proof" --key "$D/kept.pub""#),
                try ledger.shell(#"exec "$V" "$D/proof" --key "$D/kept.pub""#, environment: variables)
            )
        case .checkpoint:
            let segments = #"$(ls "$D"/ledger/0*.segment "$D"/ledger/0*.sealed | sort)"#
            return (
                try ledger.shell(#"exec "$T" verify --local --against "$D/checkpoint" --key "$D/kept.pub""#),
                try ledger.shell(
                    #"exec "$V" --checkpoints "$D/checkpoint" --key "$D/kept.pub" \#(segments)"#,
                    environment: variables
                )
            )
        }
    }
}

/// One change of a text.
struct TextAlteration: CustomStringConvertible {
    private enum Way: String, CaseIterable {
        case flip = "a flipped bit"
        case letterCase = "another letter case"
        case insert = "an inserted byte"
        case remove = "a removed byte"
        case swap = "swapped lines"
        case duplicate = "a line twice"
        case removeLine = "a removed line"
        case emptyLine = "an empty line more"
        case carriageReturns = "carriage returns"
        case truncate = "a missing end"
        case space = "a space at the end of a line"
    }

    private let way: Way
    private let draws: [UInt64]

    init(_ random: inout SeededGenerator) {
        way = Way.allCases[Int(random.next(below: UInt64(Way.allCases.count)))]
        draws = [random.next(), random.next()]
    }

    var description: String { "\(way.rawValue) (\(draws[0]), \(draws[1]))" }

    /// Whether it adds something a second time: a repeated signature or key may be harmless.
    var addsNothing: Bool { way == .duplicate }
    /// Whether it only leaves something out, such as the line feed at the end.
    var leavesOut: Bool { way == .remove || way == .truncate }

    func altered(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        let index = Int(draws[0] % UInt64(bytes.count))
        switch way {
        case .flip: bytes[index] ^= 1 << UInt8(draws[1] % 8)
        case .letterCase:
            guard let letter = bytes[index...].firstIndex(where: { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }) else {
                return bytes
            }
            bytes[letter] ^= 0x20
        case .insert: bytes.insert(UInt8(truncatingIfNeeded: draws[1]), at: index)
        case .remove: bytes.remove(at: index)
        case .truncate: bytes.removeSubrange(index...)
        case .carriageReturns: return bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        case .swap, .duplicate, .removeLine, .emptyLine, .space: return alteredLines(bytes)
        }
        return bytes
    }

    private func alteredLines(_ bytes: [UInt8]) -> [UInt8] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        // Text after the last line feed is not a line.
        let count = UInt64(max(1, lines.count - 1))
        let (first, second) = (Int(draws[0] % count), Int(draws[1] % count))
        switch way {
        case .swap: lines.swapAt(first, second)
        case .duplicate: lines.insert(lines[first], at: first)
        case .removeLine: lines.remove(at: first)
        case .emptyLine: lines.insert([], at: first)
        default: lines[first].append(0x20)
        }
        return Array(lines.joined(separator: [0x0A]))
    }
}
