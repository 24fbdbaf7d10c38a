internal import FuzzTargets
internal import Glibc

/// Runs a decoder over arbitrary bytes.
///
/// Built with `-D FUZZING -sanitize=fuzzer`, it generates inputs until one breaks a property of the decoder. Otherwise
/// it runs each given input once.
enum Program {
    #if FUZZING
    private static let usage =
        "usage: Fuzz [OPTION|CORPUS]… -ignore_remaining_args=1 frame|segment|sealed|json|line|proof|request"
    #else
    private static let usage = "usage: Fuzz FILE… frame|segment|sealed|json|line|proof|request"
    #endif

    /// Obeys the arguments and returns the exit status.
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
