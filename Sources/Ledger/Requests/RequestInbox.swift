import Glibc
import TradeModel

/// The writer's side of `requests/`: appends what commands have left there, in the order in which they left it.
///
/// A writer looks before each commit, so that no event is admitted while an older request waits. If the names in the
/// folder have not changed since the last look, that costs one call of the system.
///
/// A request takes effect once, whatever crashes: it carries an `event_id`, so a writer that finds a request again,
/// because the last one crashed after the append, gets the answer `duplicate`. For that reason no step of a request is
/// flushed here. A command flushes the folder before it reports that a request was refused.
package struct RequestInbox<S: Storage> {
    private let storage: S
    private let clock: LedgerClock
    /// The folder's stamp before the last look; nil where the names may have changed since without another stamp.
    private var seenStamp: Int64?

    /// The types of events that can be requested.
    private static var types: Set<EventType> {
        [.riskHalted, .riskResumed, .adjusted, .annotated, .voided, .priceObserved]
    }
    /// How long an answer, or a file that a command did not finish, is kept.
    private static var keptMicroseconds: Int64 { 3_600_000_000 }

    /// The requests in a folder.
    package init(_ storage: S, clock: LedgerClock) {
        self.storage = storage
        self.clock = clock
    }

    /// Appends the requests that were left since the last call, as `takeAll` does.
    @discardableResult
    package mutating func takeNew(
        append: (EventLine) -> AppendOutcome,
        report: (String) -> Void
    ) throws(LedgerError) -> Int {
        let stamp = try storage.namesStamp()
        if let stamp, stamp == seenStamp { return 0 }
        // A name that was changed here gives the folder another stamp, so the next look lists the names once more. What
        // failed is tried again by `takeAll`, not before each commit.
        defer { seenStamp = stamp }
        return try take(try storage.list(), append, report)
    }

    /// Appends all requests, each by itself, and returns how many were answered; removes what nobody needs, and takes
    /// space for a request on a full disk.
    ///
    /// `report` receives what is wrong with a file that is not a request, which is moved aside. Where the ledger cannot
    /// append one of them, that one waits, the others are appended, and the first error is thrown.
    @discardableResult
    package mutating func takeAll(
        append: (EventLine) -> AppendOutcome,
        report: (String) -> Void
    ) throws(LedgerError) -> Int {
        let stamp = try storage.namesStamp()
        let fileNames = try storage.list()
        try removeOld(fileNames)
        defer { seenStamp = stamp }
        // The space is needed most where something fails.
        let taken = Result { () throws(LedgerError) in try take(fileNames, append, report) }
        if !fileNames.contains(RequestFile.spareName) { try makeSpare() }
        return try taken.get()
    }

    /// Appends the requests among these files.
    private func take(
        _ fileNames: [String],
        _ append: (EventLine) -> AppendOutcome,
        _ report: (String) -> Void
    ) throws(LedgerError) -> Int {
        var files: [RequestFile] = []
        for fileName in fileNames {
            if let file = RequestFile(fileName: fileName) {
                files.append(file)
            } else if fileName.hasSuffix(RequestFile.pendingSuffix) {
                let newName = fileName + RequestFile.malformedSuffix
                if try rename(fileName, to: newName) {
                    report(problem(newName, "its name is not TIME-RANDOM.request"))
                }
            }
        }
        var count = 0
        var fault: LedgerError?
        for file in files.filter(\.isWaiting).sorted(by: { $0.name < $1.name }) {
            do throws(LedgerError) {
                guard let taken = try take(file) else { continue }
                try settle(taken, append, report)
                count += 1
            } catch {
                // Damage that one request needs must not hold back the next one, which may be a halt.
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return count
    }

    /// Takes space for a request that comes once the disk is full.
    private func makeSpare() throws(LedgerError) {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: RequestFile.spareByteCount)
        do throws(LedgerError) { try AtomicFile(storage, RequestFile.spareName).write(bytes) } catch {
            guard error.isDiskFull else { throw error }
        }
    }

    /// Takes a request, so that it cannot be withdrawn; nil where it was withdrawn before.
    private func take(_ file: RequestFile) throws(LedgerError) -> RequestFile? {
        guard file.state == .pending else { return file }
        let taken = RequestFile(file.name, .taken)
        return try rename(file.fileName, to: taken.fileName) ? taken : nil
    }

    private func settle(
        _ file: RequestFile,
        _ append: (EventLine) -> AppendOutcome,
        _ report: (String) -> Void
    ) throws(LedgerError) {
        let answer: RequestAnswer
        switch try content(of: file) {
        case .failure(let malformed):
            answer = .malformed
            report(problem(RequestFile(file.name, .answered(answer)).fileName, malformed.reason))
        case .success(let line):
            switch append(line) {
            case .success(let receipt): answer = .recorded(receipt.status, receipt.sequence)
            case .failure(.rejected(let rejection)): answer = .rejected(rejection.code)
            case .failure(.failed(let error)): throw error
            }
        }
        _ = try rename(file.fileName, to: RequestFile(file.name, .answered(answer)).fileName)
    }

    /// Why a file is not a request.
    private struct Malformed: Error {
        let reason: String
    }

    /// The line in the file, if it is that of an event which can be requested.
    private func content(of file: RequestFile) throws(LedgerError) -> Result<EventLine, Malformed> {
        var bytes: [UInt8]
        do throws(LedgerError) {
            let handle = try storage.open(file.fileName, .reading)
            defer { storage.close(handle) }
            // One byte more than a line feed after the longest line.
            bytes = try storage.bytes(handle, 0..<(Limits.eventLineByteCountMax + 2))
        } catch {
            // Only these faults of the system can end by themselves; any other one must not keep later requests back.
            guard ![EMFILE, ENFILE, ENOMEM].contains(error.systemNumber) else { throw error }
            return .failure(Malformed(reason: error.message))
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard bytes.count <= Limits.eventLineByteCountMax else {
            return .failure(Malformed(reason: "it is longer than \(Limits.eventLineByteCountMax) bytes"))
        }
        guard !bytes.contains(UInt8(ascii: "\n")) else { return .failure(Malformed(reason: "it has several lines")) }
        do throws(Rejection) {
            let draft = try EventJSON.decode(line: bytes)
            guard Self.types.contains(draft.body.type) else {
                return .failure(Malformed(reason: "\(draft.body.type.name) cannot be requested"))
            }
            guard draft.eventID != nil else {
                return .failure(Malformed(reason: "it has no event_id, so it could be appended twice"))
            }
            return .success(EventLine(bytes))
        } catch {
            return .failure(Malformed(reason: "\(error.code.rawValue): \(error.message)"))
        }
    }

    private func problem(_ fileName: String, _ reason: String) -> String {
        "ignored what is now \(storage.directory)/\(fileName), because it is not a request: \(reason)"
    }

    /// Removes answers that nobody came for, and what commands did not finish.
    private func removeOld(_ fileNames: [String]) throws(LedgerError) {
        let limit = clock.now().microsecondsSince1970 - Self.keptMicroseconds
        for file in fileNames.compactMap(RequestFile.init(fileName:))
        where file.name.madeAt.microsecondsSince1970 < limit && !file.isWaiting {
            if file.state == .answered(.malformed) { continue }
            do throws(LedgerError) { try storage.remove(file.fileName) } catch {
                guard error.isMissingFile else { throw error }
            }
        }
    }

    /// Renames a file; false where a command has removed it meanwhile.
    private func rename(_ fileName: String, to newName: String) throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            try storage.rename(fileName, to: newName)
            return true
        } catch {
            guard error.isMissingFile else { throw error }
            return false
        }
    }
}

/// How many requests wait in a ledger, and how many files in the folder are not requests.
package struct RequestCounts: Equatable {
    package private(set) var waiting = 0
    package private(set) var malformed = 0

    /// Counts the files; O(files).
    package init(_ storage: PosixStorage) throws(LedgerError) {
        guard let folder = try storage.sharedDirectory(RequestFile.folder) else { return }
        for fileName in try folder.list() {
            if RequestFile(fileName: fileName)?.isWaiting ?? false { waiting += 1 }
            if fileName.hasSuffix(RequestFile.malformedSuffix) { malformed += 1 }
        }
    }
}
