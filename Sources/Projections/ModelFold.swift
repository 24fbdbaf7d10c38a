import TradeModel

/// How good the models are, by model and version.
///
/// A prediction costs one row, and its resolution two. Memory holds one state per model and version.
public struct ModelFold: Sendable {
    /// A model and its version.
    package struct Key: Hashable, Sendable {
        let model: ByteText
        let version: ByteText?
    }

    private var models: [Key: ModelState] = [:]

    /// No model.
    public init() {}

    /// Takes in a prediction after its last event, and returns the rows that this event changes.
    mutating func apply(_ prediction: PredictionRow) -> (ModelRow, CalibrationRow?) {
        let key = Key(model: prediction.model, version: prediction.modelVersion)
        var state = models[key] ?? ModelState()
        let tenth = state.apply(prediction)
        models[key] = state
        let calibration = tenth.map { CalibrationRow(key: key, tenth: $0, calibration: state.tenths[$0]) }
        return (ModelRow(key: key, state: state), calibration)
    }

    /// The rows of `model_performance`, in the order of models and versions.
    public var rows: [ModelRow] {
        models.map { ModelRow(key: $0.key, state: $0.value) }
            .sorted { ($0.key.model, $0.key.version ?? ByteText("")) < ($1.key.model, $1.key.version ?? ByteText("")) }
    }

    /// The rows of `model_calibration`.
    package var calibrationRows: [CalibrationRow] {
        models.flatMap { key, state in
            state.tenths.indices.filter { state.tenths[$0].count > 0 }
                .map { CalibrationRow(key: key, tenth: $0, calibration: state.tenths[$0]) }
        }
    }
}

/// What is known of one version of a model.
struct ModelState: Sendable {
    /// The predictions of one tenth of confidence that are resolved and right or wrong.
    struct Calibration: Sendable {
        fileprivate(set) var count: UInt64 = 0
        fileprivate(set) var correctCount: UInt64 = 0
        fileprivate(set) var confidence = ExactSum()
    }

    fileprivate(set) var madeCount: UInt64 = 0
    fileprivate(set) var resolvedCount: UInt64 = 0
    fileprivate(set) var correctCount: UInt64 = 0
    fileprivate(set) var errorCount: UInt64 = 0
    fileprivate(set) var absoluteErrors = ExactSum()
    fileprivate(set) var squaredErrors = ExactSum()
    fileprivate(set) var tenths = [Calibration](repeating: Calibration(), count: 10)

    /// Takes in a prediction after its last event; returns the tenth of confidence in which it counts now.
    fileprivate mutating func apply(_ prediction: PredictionRow) -> Int? {
        guard prediction.isResolved else {
            madeCount += 1
            return nil
        }
        resolvedCount += 1
        if let error = prediction.error {
            errorCount += 1
            absoluteErrors.add(error.isNegative ? error.negated : error)
            squaredErrors.addSquare(of: error)
        }
        guard let isCorrect = prediction.isCorrect else { return nil }
        if isCorrect { correctCount += 1 }
        guard let confidence = prediction.confidence, let tenth = Self.tenth(of: confidence) else { return nil }
        tenths[tenth].count += 1
        if isCorrect { tenths[tenth].correctCount += 1 }
        tenths[tenth].confidence.add(confidence)
        return tenth
    }

    /// A confidence in tenths, rounded down, where 1 counts as the last tenth; nil beyond 0 to 1.
    static func tenth(of confidence: Decimal) -> Int? {
        guard !confidence.isNegative, !(Decimal.one < confidence) else { return nil }
        guard confidence.scale > 0 else { return confidence.isZero ? 0 : 9 }
        return Int(confidence.coefficient / Int128(UInt128.powerOfTen(confidence.scale - 1)))
    }
}

/// A row of `model_performance`.
public struct ModelRow: Sendable {
    let key: ModelFold.Key
    let state: ModelState

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<ModelRow>] = [
        Column("model", .text, look: .key, "The model.") { .text($0.key.model.text) },
        Column(
            "model_version",
            .text,
            isNullable: true,
            look: .key,
            "Its version; NULL for predictions that name none."
        ) {
            ColumnValue($0.key.version?.text)
        },
        Column("made", .bigint, look: .key, "How many predictions it made.") { ColumnValue(count: $0.state.madeCount) },
        Column("resolved", .bigint, look: .key, "How many of them are resolved.") {
            ColumnValue(count: $0.state.resolvedCount)
        },
        Column("correct", .bigint, look: .key, "How many came true.") { ColumnValue(count: $0.state.correctCount) },
        Column(
            "mean_absolute_error",
            .numeric,
            isNullable: true,
            look: .main,
            "The mean of the errors without their signs; 18 decimals, half-even. NULL where no prediction has one."
        ) { ColumnValue($0.state.absoluteErrors.mean(of: $0.state.errorCount)) },
        Column(
            "mean_squared_error",
            .numeric,
            isNullable: true,
            look: .main,
            "The mean of their squares; 18 decimals, half-even. NULL where no prediction has one."
        ) { ColumnValue($0.state.squaredErrors.mean(of: $0.state.errorCount)) },
    ]
}

/// A row of `model_calibration`: the predictions of one tenth of confidence.
public struct CalibrationRow: Sendable {
    /// The model with its version, and the tenth.
    package struct ID: Hashable {
        let key: ModelFold.Key
        let tenth: Int
    }

    let key: ModelFold.Key
    let tenth: Int
    let calibration: ModelState.Calibration

    var id: ID { ID(key: key, tenth: tenth) }

    /// All columns.
    package static let columns: [Column<CalibrationRow>] = [
        Column("model", .text, "The model.") { .text($0.key.model.text) },
        Column("model_version", .text, isNullable: true, "Its version; NULL for predictions that name none.") {
            ColumnValue($0.key.version?.text)
        },
        Column("tenth", .bigint, "The confidence in tenths, rounded down: 0 to 9; a confidence of 1 is in 9.") {
            .bigint(Int64($0.tenth))
        },
        Column("n", .bigint, "How many predictions were right or wrong.") { ColumnValue(count: $0.calibration.count) },
        Column("mean_confidence", .numeric, isNullable: true, "Their mean confidence; 18 decimals, half-even.") {
            ColumnValue($0.calibration.confidence.mean(of: $0.calibration.count))
        },
        Column("correct_share", .numeric, isNullable: true, "How many were right / n; 18 decimals, half-even.") {
            ColumnValue($0.calibration.correctShare)
        },
    ]
}

extension ModelState.Calibration {
    fileprivate var correctShare: Decimal? {
        do throws(DecimalError) {
            let correct = try Decimal(coefficient: Int128(correctCount), scale: 0)
            return try Decimal.quotient(correct, by: try Decimal(coefficient: Int128(count), scale: 0))
        } catch {
            return nil
        }
    }
}
