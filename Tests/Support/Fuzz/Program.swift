internal import FuzzTargets
internal import Glibc

/// Runs a decoder over bytes that nobody vouches for.
///
/// Built with `-D FUZZING -sanitize=fuzzer` it makes inputs until one breaks a property of the decoder; built as every
/// other target it runs each input that it is given once.
enum Program {
    #if FUZZING
    private static let usage = "usage: Fuzz [OPTION|CORPUS]… -ignore_remaining_args=1 frame|segment|sealed|json|proof"
    #else
    private static let usage = "usage: Fuzz FILE… frame|segment|sealed|json|proof"
    #endif

    /// Does what the arguments say and returns the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        guard let decoder = arguments.last.flatMap(FuzzedDecoder.init(rawValue:)), arguments.count > 2 else {
            say(usage)
            return 64
        }
        #if FUZZING
        return Fuzzer.run(decoder)
        #else
        return Replay.run(decoder, paths: arguments.dropFirst().dropLast())
        #endif
    }

    /// Writes a line to the standard error.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
