/// What the lines of events can have, in the form in which `UsualLine` looks it up for every member of every line.
///
/// All of it follows from the declarations in `Vocabulary`.
final class LineNames: Sendable {
    /// Which values of a field are usual, without the list of choices, which would have to be counted as a reference.
    enum Rule: Sendable {
        case decimal
        case text(byteCountMin: UInt32, byteCountMax: UInt32)
        /// A text that `choices` lists for the field.
        case choice
        case flag
        case scope
        case count
        case uuid
        case object
    }

    static let shared = LineNames()

    /// The names of members.
    let keys = EventKey.byName
    /// The names of members of a fee.
    let feeParts: NameTable<FeePart>
    /// By the numbers of fields.
    let rules: [Rule]
    /// The fields that take a text as one of a few.
    let choices: NameTable<FieldSet>

    private init() {
        feeParts = NameTable(Field.feeParts.map { ($0.name, .field($0.field)) } + [(Field.ignoredFeePart, .rate)])
        var rules = [Rule](repeating: .object, count: 128)
        var choices: [String: FieldSet] = [:]
        for field in Field.all {
            rules[Int(field.number)] = Rule(field.kind)
            for choice in field.kind.usualChoices { choices[choice, default: FieldSet()].insert(field) }
        }
        self.rules = rules
        self.choices = NameTable(choices.map { (name: $0.key, value: $0.value) })
    }

    /// A member of a fee.
    enum FeePart: Sendable {
        case field(Field)
        /// What `Field.ignoredFeePart` names.
        case rate
    }
}

extension LineNames.Rule {
    fileprivate init(_ kind: Field.Kind) {
        self =
            switch kind {
            case .text(let byteCounts):
                .text(byteCountMin: UInt32(byteCounts.lowerBound), byteCountMax: UInt32(byteCounts.upperBound))
            case .choice, .side, .quantityOrRest: .choice
            case .flag: .flag
            case .scope: .scope
            case .count: .count
            case .decimal: .decimal
            case .uuid: .uuid
            case .object: .object
            }
    }
}

extension Field.Kind {
    /// The texts that the body holds as the line has them; other spellings and quantities are not usual.
    fileprivate var usualChoices: [String] { self == .quantityOrRest ? ["rest"] : self == .flag ? [] : choices ?? [] }
}
