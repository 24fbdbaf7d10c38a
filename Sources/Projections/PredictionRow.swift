public import TradeModel

/// A row of `ml_predictions`: what a model predicted, and what came true.
public struct PredictionRow: Sendable {
    /// The prediction.
    public let id: ByteText
    private let made: Event
    private let resolution: Event?

    /// When it was made.
    public var madeAt: Timestamp { made.body.occurredAt }
    /// The sequence of its first event.
    public var firstSequence: UInt64 { made.sequence }
    /// What was predicted, such as the close; nil where the prediction does not say.
    public var target: String? { made.body.text(.target) }
    /// Whether it is known what came true.
    public var isResolved: Bool { resolution != nil }

    /// The prediction of which an event is the last, after its earlier events; nil where the event is about none.
    package init?(_ event: Event, after earlier: [Event]) {
        guard event.body.type.subject == .predictionID else { return nil }
        let made = earlier.first ?? event
        id = ByteText(event.body.subjectBytes)
        self.made = made.copied()
        resolution = event.body.type == .predictionResolved ? event.copied() : nil
    }

    var model: ByteText { ByteText(made.body.textBytes(.model) ?? []) }
    var modelVersion: ByteText? { made.body.textBytes(.modelVersion).map { ByteText($0) } }
    var confidence: Decimal? { made.body.decimal(.confidence) }

    /// The resolved value less the predicted one; nil before it is resolved, and where one of them is a label.
    public var error: Decimal? {
        guard let predicted = made.body.decimal(.value), let actual = resolution?.body.decimal(.value) else {
            return nil
        }
        do throws(DecimalError) { return try actual.subtracting(predicted) } catch { return nil }
    }

    /// Whether it came true; nil before it is resolved, and where nothing says so.
    public var isCorrect: Bool? {
        guard let resolution else { return nil }
        if let predicted = made.body.textBytes(.label), let actual = resolution.body.textBytes(.label) {
            return predicted.elementsEqual(actual)
        }
        guard let predicted = made.body.decimal(.value), let actual = resolution.body.decimal(.value),
            let reference = made.body.decimal(.reference)
        else { return nil }
        return (predicted < reference) == (actual < reference) && (reference < predicted) == (reference < actual)
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<PredictionRow>] = [
        Column(
            "prediction_id",
            .text,
            look: .key,
            "The id that the producer gave the prediction; unique in the ledger."
        ) {
            .text($0.id.text)
        },
        Column("model", .text, look: .main, "The model that predicted.") { .text($0.model.text) },
        text("model_version", .modelVersion, look: .more, "Its version."),
        text("model_hash", .modelHash, "The hash of its file."),
        text("features_hash", .featuresHash, "The hash of what it was given."),
        text("symbol", .symbol, look: .main, "The instrument, such as BTC/USDT."),
        text("target", .target, look: .more, "What was predicted, such as the close or the direction."),
        count("horizon_seconds", .horizonSeconds, look: .more, "How far ahead it looks, in seconds."),
        decimal("value", .value, look: .main, "The value that was predicted; NULL where it was a label."),
        text("label", .label, look: .main, "The label that was predicted; NULL where it was a value."),
        decimal("reference", .reference, look: .more, "The level that the value is above or below."),
        decimal("confidence", .confidence, look: .main, "How sure the model was, usually from 0 to 1."),
        text("decision_id", .decisionID, look: .more, "The decision for which it was made."),
        count("latency_microseconds", .latencyMicroseconds, "How long the model took, in microseconds."),
        Column("predicted_at", .timestamptz, look: .more, "When it was made.") { .time($0.made.body.occurredAt) },
        Column("resolved_at", .timestamptz, isNullable: true, look: .more, "When it was known what came true.") {
            ColumnValue($0.resolution?.body.occurredAt)
        },
        Column("resolved_value", .numeric, isNullable: true, look: .main, "The value that came true.") {
            ColumnValue($0.resolution?.body.decimal(.value))
        },
        Column("resolved_label", .text, isNullable: true, look: .main, "The label that came true.") {
            ColumnValue($0.resolution?.body.text(.label))
        },
        Column("error", .numeric, isNullable: true, look: .main, "resolved_value - value.") { ColumnValue($0.error) },
        Column(
            "correct",
            .boolean,
            isNullable: true,
            look: .key,
            "Whether the labels are equal, or both values on the same side of reference; NULL where nothing says so."
        ) { $0.isCorrect.map { .bool($0) } ?? .null },
        Column("first_sequence", .bigint, isPrinted: false, in: .none, "The sequence of its first event.") {
            ColumnValue(sequence: $0.made.sequence)
        },
        Column("last_sequence", .bigint, isPrinted: false, in: .none, "The sequence of its last event.") {
            ColumnValue(sequence: ($0.resolution ?? $0.made).sequence)
        },
    ]

    private static func text(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<PredictionRow> {
        Column(name, .text, isNullable: true, look: look, meaning) { ColumnValue($0.made.body.text(field)) }
    }

    private static func decimal(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<PredictionRow> {
        Column(name, .numeric, isNullable: true, look: look, meaning) { ColumnValue($0.made.body.decimal(field)) }
    }

    private static func count(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<PredictionRow> {
        Column(name, .bigint, isNullable: true, look: look, meaning) {
            $0.made.body.text(field).flatMap { Int64($0) }.map { .bigint($0) } ?? .null
        }
    }
}
