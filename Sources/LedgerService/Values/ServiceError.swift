internal import Glibc

/// A system call of the service failed, or something that it was given cannot be used.
package struct ServiceError: Error, Equatable, CustomStringConvertible {
    /// What happened and what to do, on one line.
    package let description: String

    /// An error with this text.
    init(_ description: String) { self.description = description }

    /// The error that the last failed system call left in `errno`, in words: "cannot `operation`: reason".
    static func current(_ operation: String) -> ServiceError {
        ServiceError("cannot \(operation): \(unsafe String(cString: strerror(errno)))")
    }
}
