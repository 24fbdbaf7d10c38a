internal import Synchronization

/// Asks an output for its pieces, on the thread of the server, whenever its connection can take one.
///
/// Other threads only wake it.
final class OutputPump: @unchecked Sendable {
    /// Takes the pieces of an output.
    protocol Taker: AnyObject {
        /// Called after the waker was.
        func continueOutput()
    }

    /// What takes the pieces.
    weak var taker: (any Taker)?
    private let output: any HTTPOutput
    private let mailbox: Mailbox
    private let isWoken = Atomic(false)
    private var hasEnded = false

    init(_ output: any HTTPOutput, _ mailbox: Mailbox) {
        self.output = output
        self.mailbox = mailbox
    }

    /// Begins the output.
    func begin() { output.begin(HTTPWaker { [weak self] in self?.wake() }) }

    /// The next piece.
    func next() -> HTTPOutputStep { output.next() }

    /// Ends the output; the second call does nothing.
    func finish() {
        guard !hasEnded else { return }
        hasEnded = true
        output.finish()
    }

    /// Has the server ask again; from any thread.
    private func wake() {
        guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
        mailbox.post(.wake(self))
    }

    /// Asks again, because of a wake.
    func answerWake() {
        isWoken.store(false, ordering: .sequentiallyConsistent)
        taker?.continueOutput()
    }
}
