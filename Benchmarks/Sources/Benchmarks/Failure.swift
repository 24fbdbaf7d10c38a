internal import Glibc

/// A measurement that did not do what was to be measured.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Why something is not measured here.
struct LeftOut: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A call of the operating system that failed.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    init(_ action: String, _ path: String, _ number: Int32) {
        description = unsafe "cannot \(action) \(path): \(String(cString: strerror(number)))"
    }
}
