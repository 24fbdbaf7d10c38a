#if !FUZZING
internal import FuzzTargets
internal import Ledger

/// Runs inputs through a decoder once, such as a corpus or findings of the fuzzer.
enum Replay {
    /// Returns the exit status: 1 if an input breaks a property, 66 if a file cannot be read.
    static func run(_ decoder: FuzzedDecoder, paths: some Collection<String>) -> Int32 {
        var brokenCount = 0
        for path in paths {
            let input: [UInt8]
            do throws(LedgerError) { input = try bytes(of: path) } catch {
                Program.say("Fuzz: \(error.message)")
                return 66
            }
            do throws(BrokenProperty) { try decoder.check(input) } catch {
                Program.say("\(path): broken property: \(error.sentence)")
                brokenCount += 1
            }
        }
        Program.say("\(decoder): \(paths.count) inputs, \(brokenCount) break a property")
        return brokenCount == 0 ? 0 : 1
    }

    private static func bytes(of path: String) throws(LedgerError) -> [UInt8] {
        let file = try OpenFile(PosixStorage(directory: path.hasPrefix("/") ? "/" : "."), path, .reading)
        return try file.bytes(0..<(try file.byteCount()))
    }
}
#endif
