#if FUZZING
internal import CFuzzer
internal import FuzzTargets
internal import Glibc

/// libFuzzer with one of the decoders.
enum Fuzzer {
    /// Generates inputs by the options of the process, and returns the exit status.
    static func run(_ decoder: FuzzedDecoder) -> Int32 {
        var argumentCount = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        return switch decoder {
        case .frame: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.frame, $0, $1) }
        case .segment: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.segment, $0, $1) }
        case .sealed: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.sealed, $0, $1) }
        case .json: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.json, $0, $1) }
        case .line: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.line, $0, $1) }
        case .proof: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.proof, $0, $1) }
        case .request: unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { unsafe Fuzzer.check(.request, $0, $1) }
        }
    }

    /// Ends the process on a broken property, so that libFuzzer keeps the input as a finding.
    private static func check(_ decoder: FuzzedDecoder, _ bytes: UnsafePointer<UInt8>?, _ byteCount: Int) -> Int32 {
        let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: byteCount))
        do throws(BrokenProperty) { try decoder.check(input) } catch {
            Program.say("broken property: \(error.sentence)")
            abort()
        }
        return 0
    }
}
#endif
