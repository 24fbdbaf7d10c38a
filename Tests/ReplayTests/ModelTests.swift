import LedgerTestSupport
import Projections
import Testing
import TradeModel

@Suite struct `The figures of models` {
    /// The fold against sums of integers that know nothing of it.
    @Test(arguments: Array(1...100) as [UInt64])
    func `are those of an independent computation`(seed: UInt64) throws {
        var predictions = PredictionModel(seed: seed)
        var book = FoldedBook()
        for _ in 0..<120 { try book.apply(predictions.nextLine()) }
        #expect(book.books.models.rows.map { row in ModelRow.columns.map { $0.value(row).text } } == predictions.rows)
        let calibration = CalibrationProbe.texts(book.books)
        #expect(calibration == predictions.calibration)
    }

    /// A small float of Python has 17 digits after many zeros, and its square has twice as many.
    @Test func `hold the digits of floats`() throws {
        var book = FoldedBook()
        for (number, actual) in ["0.00012345678901234567", "-0.00022345678901234567"].enumerated() {
            let id = #""prediction_id":"p-\#(number)","occurred_at":1700000000000"#
            try book.apply(#"{"type":"prediction.made",\#(id),"model":"m","value":0}"#)
            try book.apply(#"{"type":"prediction.resolved",\#(id),"value":"\#(actual)"}"#)
        }
        let row = try #require(book.books.models.rows.first)
        // The means of 1.2345678901234567e-4 and 2.2345678901234567e-4, and of their squares.
        #expect(
            ModelRow.columns.suffix(2).map { $0.value(row).text } == ["0.000173456789012346", "0.000000032587257654"]
        )
    }
}

/// What `model_calibration` holds.
private enum CalibrationProbe {
    static func texts(_ books: Books) -> [[String?]] {
        books.models.calibrationRows.map { row in CalibrationRow.columns.map { $0.value(row).text } }
            .sorted { $0.map { $0 ?? "" }.lexicographicallyPrecedes($1.map { $0 ?? "" }) }
    }
}

/// Models that predict in units of 10^-6, and what is true of them.
private struct PredictionModel {
    private struct Prediction {
        let model: String
        let version: String?
        let value: Int128?
        let label: String?
        let reference: Int128?
        /// In hundredths.
        let confidence: Int?
        var actual: Int128?
        var actualLabel: String?
        var isResolved = false
    }

    private var random: SeededGenerator
    private var predictions: [Prediction] = []
    private var open: [Int] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func nextLine() -> String {
        if !open.isEmpty, random.next(below: 2) == 0 { return resolve() }
        let isLabel = random.next(below: 3) == 0
        let prediction = Prediction(
            model: ["a", "b"][Int(random.next(below: 2))],
            version: [nil, "1", "2"][Int(random.next(below: 3))],
            value: isLabel ? nil : units(),
            label: isLabel ? label() : nil,
            reference: random.next(below: 4) == 0 ? nil : Int128(random.next(below: 3)) * 1_000_000,
            confidence: random.next(below: 5) == 0 ? nil : Int(random.next(below: 130)) - 10
        )
        predictions.append(prediction)
        open.append(predictions.count - 1)
        var line = #"{"type":"prediction.made","prediction_id":"p-\#(predictions.count - 1)","#
        line += #""occurred_at":1700000000000,"model":"\#(prediction.model)","#
        line += outcome(prediction.value, prediction.label)
        if let version = prediction.version { line += #","model_version":"\#(version)""# }
        if let reference = prediction.reference { line += #","reference":"\#(text(reference, 6))""# }
        if let confidence = prediction.confidence { line += #","confidence":"\#(text(Int128(confidence), 2))""# }
        return line + "}"
    }

    private mutating func resolve() -> String {
        let index = open.remove(at: Int(random.next(below: UInt64(open.count))))
        predictions[index].isResolved = true
        // Now and then a value meets a label.
        let isLabel = (predictions[index].label != nil) != (random.next(below: 10) == 0)
        if isLabel { predictions[index].actualLabel = label() } else { predictions[index].actual = units() }
        return #"{"type":"prediction.resolved","prediction_id":"p-\#(index)","occurred_at":1700000000000,"#
            + outcome(predictions[index].actual, predictions[index].actualLabel) + "}"
    }

    private func outcome(_ value: Int128?, _ label: String?) -> String {
        value.map { #""value":"\#(text($0, 6))""# } ?? #""label":"\#(label ?? "")""#
    }

    private mutating func units() -> Int128 { Int128(random.next(below: 3_000_001)) - 500_000 }

    private mutating func label() -> String { ["up", "down"][Int(random.next(below: 2))] }

    private static func isCorrect(_ prediction: Prediction) -> Bool? {
        if let label = prediction.label, let actual = prediction.actualLabel { return label == actual }
        guard let value = prediction.value, let actual = prediction.actual, let reference = prediction.reference else {
            return nil
        }
        return (value - reference).signum() == (actual - reference).signum()
    }

    private var groups: [(model: String, version: String?, predictions: [Prediction])] {
        let keys = Set(predictions.map { [$0.model, $0.version] })
        return keys.sorted { ($0[0] ?? "", $0[1] ?? "") < ($1[0] ?? "", $1[1] ?? "") }.map { key in
            (key[0] ?? "", key[1], predictions.filter { [$0.model, $0.version] == key })
        }
    }

    var rows: [[String?]] {
        groups.map { model, version, predictions in
            let resolved = predictions.filter(\.isResolved)
            let errors = resolved.compactMap { prediction in
                prediction.value.flatMap { value in prediction.actual.map { $0 - value } }
            }
            let count = Int128(errors.count)
            let absolute = errors.reduce(0) { $0 + Int128($1.magnitude) } * 1_000_000_000_000
            let squared = errors.reduce(0) { $0 + $1 * $1 } * 1_000_000
            return [
                model, version, String(predictions.count), String(resolved.count),
                String(resolved.count { Self.isCorrect($0) == true }),
                errors.isEmpty ? nil : text(Self.halfEven(absolute, count), 18),
                errors.isEmpty ? nil : text(Self.halfEven(squared, count), 18),
            ]
        }
    }

    var calibration: [[String?]] {
        groups.flatMap { model, version, predictions in
            (0..<10).compactMap { tenth -> [String?]? in
                let counted = predictions.filter { prediction in
                    guard Self.isCorrect(prediction) != nil, let confidence = prediction.confidence else {
                        return false
                    }
                    return (0...100).contains(confidence) && min(confidence / 10, 9) == tenth
                }
                guard !counted.isEmpty else { return nil }
                let count = Int128(counted.count)
                let confidence = counted.reduce(Int128(0)) { $0 + Int128($1.confidence ?? 0) }
                let correct = Int128(counted.count { Self.isCorrect($0) == true })
                return [
                    model, version, String(tenth), String(count),
                    text(Self.halfEven(confidence * 10_000_000_000_000_000, count), 18),
                    text(Self.halfEven(correct * 1_000_000_000_000_000_000, count), 18),
                ]
            }
        }
        .sorted { $0.map { $0 ?? "" }.lexicographicallyPrecedes($1.map { $0 ?? "" }) }
    }

    private static func halfEven(_ dividend: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        let isUp = remainder * 2 == divisor ? !quotient.isMultiple(of: 2) : remainder * 2 > divisor
        return isUp ? quotient + 1 : quotient
    }

    /// Units of 10^-scale as canonical digits.
    private func text(_ units: Int128, _ scale: Int) -> String {
        var digits = String(units.magnitude)
        digits = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        var fraction = String(digits.suffix(scale))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (units < 0 ? "-" : "") + digits.dropLast(scale) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
