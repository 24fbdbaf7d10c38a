extension EventFamily {
    /// What a model said about the future, and what came true.
    static let prediction = EventFamily(
        "prediction",
        "What a model said about the future, and what came true.",
        subject: .predictionID,
        foldRules: [
            "`error` is the resolved value less the predicted one; NULL where one of them is a label, "
                + "or where the difference fits no decimal.",
            "`correct` is true if the labels are equal by their bytes, and false if they differ. Of values it is true "
                + "if both are above `reference`, both below it, or both equal to it, else false; NULL without a "
                + "`reference`, and where a value meets a label.",
            "`model_performance` has one row per model and version, and one for the predictions of a model that name "
                + "no version. The two means are over the predictions with an `error`, at 18 decimals, half-even; each "
                + "square is rounded at 38 decimals before it is added.",
            "`model_calibration` counts the predictions that are resolved, have a `correct`, and a `confidence` from 0 "
                + "to 1; others are left out. `tenth` is the confidence in tenths, rounded down: 0.35 is in 3, and "
                + "1 is in 9.",
            "A resolution that repeats the one on record is a duplicate, even without `event_id`; one with another "
                + "value is rejected with `subject_ended`.",
        ],
        fields: predictionFields,
        types: [
            TypeDeclaration(
                .predictionMade,
                "prediction.made",
                "A model predicted a value or a label.",
                .begins,
                required: [.model],
                optional: [
                    .reference, .modelVersion, .modelHash, .featuresHash, .symbol, .target, .horizonSeconds,
                    .confidence, .decisionID, .latencyMicroseconds,
                ] + Envelope.remark,
                rules: FieldRules(exactlyOne: [.value, .label]),
                usesReserve: false
            ),
            TypeDeclaration(
                .predictionResolved,
                "prediction.resolved",
                "What came true is known. No event follows.",
                .ends,
                optional: Envelope.remark,
                rules: FieldRules(exactlyOne: [.value, .label]),
                usesReserve: false,
                isRecognisedByBody: true
            ),
        ]
    )

    private static let predictionFields: [FieldDeclaration] = [
        FieldDeclaration(.model, "model", .identifier, "The model that predicted.", example: "xgb-direction"),
        FieldDeclaration(
            .value,
            "value",
            .decimal,
            "What was predicted, or came true, as a number.",
            example: "61250.5"
        ),
        FieldDeclaration(
            .label,
            "label",
            .identifier,
            "What was predicted, or came true, as a class.",
            example: "up"
        ),
        FieldDeclaration(
            .reference,
            "reference",
            .decimal,
            "The level that a predicted value is above or below, such as the price at the time.",
            example: "61000"
        ),
        FieldDeclaration(.modelVersion, "model_version", .identifier, "The version of the model.", example: "2026.11"),
        FieldDeclaration(
            .modelHash,
            "model_hash",
            .identifier,
            "The hash of the model's file.",
            example: "sha256:6b1f"
        ),
        FieldDeclaration(
            .featuresHash,
            "features_hash",
            .identifier,
            "The hash of what the model was given.",
            example: "sha256:90aa"
        ),
        FieldDeclaration(
            .target,
            "target",
            .identifier,
            "What was predicted, such as the close or the direction.",
            example: "close"
        ),
        FieldDeclaration(
            .horizonSeconds,
            "horizon_seconds",
            .count,
            "How far ahead the prediction looks, in seconds.",
            example: "3600"
        ),
        FieldDeclaration(
            .latencyMicroseconds,
            "latency_microseconds",
            .count,
            "How long the model took, in microseconds.",
            example: "1850"
        ),
        FieldDeclaration(
            .predictionID,
            "prediction_id",
            .subject,
            "The prediction; unique in the ledger.",
            example: "p-301"
        ),
    ]
}

extension EventType {
    /// A model predicted.
    public static var predictionMade: EventType { EventType(number: 60) }
    /// What came true is known.
    public static var predictionResolved: EventType { EventType(number: 61) }
}

extension Field {
    /// The model that predicted.
    public static var model: Field { Field(number: 36) }
    /// What was predicted, or came true, as a number.
    public static var value: Field { Field(number: 37) }
    /// What was predicted, or came true, as a class.
    public static var label: Field { Field(number: 38) }
    /// The level that a predicted value is above or below.
    public static var reference: Field { Field(number: 39) }
    /// The version of the model.
    public static var modelVersion: Field { Field(number: 40) }
    /// The hash of the model's file.
    public static var modelHash: Field { Field(number: 41) }
    /// The hash of what the model was given.
    public static var featuresHash: Field { Field(number: 42) }
    /// What was predicted, by name.
    public static var target: Field { Field(number: 43) }
    /// How far ahead the prediction looks.
    public static var horizonSeconds: Field { Field(number: 44) }
    /// How long the model took.
    public static var latencyMicroseconds: Field { Field(number: 45) }
    /// The prediction.
    public static var predictionID: Field { Field(number: 46) }
}
