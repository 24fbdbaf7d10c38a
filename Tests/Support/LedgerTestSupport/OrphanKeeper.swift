internal import Synchronization

/// Kills the processes that shall not outlive this one, when it ends without having ended them: after a trap, or where
/// it is killed itself.
///
/// A shell keeps their ids and reads from a pipe, whose end is the end of this process.
final class OrphanKeeper: Sendable {
    static let shared = OrphanKeeper()

    private static let script = """
        trap '' HUP INT TERM
        ids=' '
        while read -r change id; do
            case $change in
                add) ids="$ids$id " ;;
                remove) ids="${ids%% $id *} ${ids#* $id }" ;;
            esac
        done
        for id in $ids; do kill -KILL "$id"; done
        """

    private let shell: Mutex<ChildProcess?>

    private init() {
        do {
            let environment = ["PATH": "/usr/bin:/bin"]
            let process = try ChildProcess("/bin/sh", ["-c", Self.script], environment: environment, input: .pipe)
            shell = Mutex(process)
        } catch {
            preconditionFailure("a shell can be started: \(error)")
        }
    }

    /// Has the process killed when this one ends.
    func add(_ id: Int32) { tell("add \(id)") }

    /// Leaves the process alone: its id may be another's soon.
    func remove(_ id: Int32) { tell("remove \(id)") }

    private func tell(_ line: String) {
        shell.withLock { shell in
            do { try shell?.write(line + "\n") } catch {
                preconditionFailure("the shell of orphans is there: \(error)")
            }
        }
    }
}
