internal import Glibc

/// A measurement that did not do its work.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The reason why a measurement is left out.
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
