/// What is handed to an auditor beside the data: the pages on the formats, and the readers that were written from them.
///
/// The files are links to those of `tools/` and `schema/`, compiled into the program, so that it can hand them out
/// wherever it runs.
package struct AuditKitFile: Sendable {
    /// Where it lies in the directory that is handed out.
    package let path: String
    /// What is in it.
    package let bytes: [UInt8]
    /// Whether it is a program.
    package let isProgram: Bool

    /// All of them.
    package static let all = [
        AuditKitFile(path: "tools/read-segment", bytes: PackageResources.read_segment, isProgram: true),
        AuditKitFile(path: "tools/verify-proof", bytes: PackageResources.verify_proof, isProgram: true),
        AuditKitFile(path: "schema/segment-format.md", bytes: PackageResources.segment_format_md, isProgram: false),
        AuditKitFile(path: "schema/proof-format.md", bytes: PackageResources.proof_format_md, isProgram: false),
    ]
}
