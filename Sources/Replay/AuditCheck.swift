/// One check of an audit, with its extent.
public struct AuditCheck: Sendable {
    /// What was checked, in a few words.
    public let name: String
    /// The extent of the check, such as `1154 events, 3 segments`.
    public let extent: String
    /// What is wrong, with file, offset and sequence; nil where all is well.
    public let problem: String?
    /// Which rows of a database differ from the log, and how: all of them.
    public let differences: [AuditDifference]

    /// A check from its parts.
    package init(name: String, extent: String, problem: String? = nil, differences: [AuditDifference] = []) {
        self.name = name
        self.extent = extent
        self.problem = problem
        self.differences = differences
    }
}

/// A count with its noun, as an extent says it: `1 event`, `2 events`.
package func counted(_ count: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) " + (count == 1 ? noun : plural ?? noun + "s")
}
