internal import Glibc

/// Standard input, output and error, which a caller may have left closed.
enum StandardDescriptors {
    /// Occupies those that are closed, so that no file of the ledger gets their numbers and messages are never written
    /// into one.
    ///
    /// What occupies input and output is opened the wrong way round: using them is still an error.
    static func reserve() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is the one that is missing.
            let reserved = unsafe open("/dev/null", flags)
            precondition(reserved == descriptor, "/dev/null can be opened")
        }
    }
}
