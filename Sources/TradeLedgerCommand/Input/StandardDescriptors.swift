internal import Glibc

/// Makes sure that standard input, output and error are open; a caller may have closed them.
enum StandardDescriptors {
    /// Opens placeholders for closed ones, so that no file of the ledger gets their numbers and receives messages.
    ///
    /// The placeholders for input and output are opened in the wrong direction, so using them is still an error.
    static func reserve() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is the one that is missing.
            let reserved = unsafe open("/dev/null", flags)
            precondition(reserved == descriptor, "/dev/null can be opened")
        }
    }
}
