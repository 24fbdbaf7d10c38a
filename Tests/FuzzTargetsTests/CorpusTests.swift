import Foundation
import FuzzTargets
import Testing

@Suite struct `The corpus of the fuzzers` {
    @Test(arguments: FuzzedDecoder.allCases)
    func `breaks no property of its decoder`(decoder: FuzzedDecoder) throws {
        let inputs = try ProjectFile.files(in: "fixtures/fuzz/\(decoder)")
        #expect(1...40 ~= inputs.count)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            do throws(BrokenProperty) { try decoder.check(bytes) } catch {
                Issue.record("\(decoder)/\(input.lastPathComponent): \(error.sentence)")
            }
        }
    }
}
