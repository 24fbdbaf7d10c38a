/// What the holder of a token may do.
package enum TokenRole: String, CaseIterable, Sendable {
    /// Append events, and ask whether they are recorded.
    case append
    /// Read everything.
    case read
    /// Everything, halts included.
    case admin
}
