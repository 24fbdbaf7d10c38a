internal import Synchronization

/// Kills the processes that must not outlive this one, even if this one traps or is killed.
///
/// A shell has their ids and reads from a pipe, which ends with this process.
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

    /// Makes the shell kill the process when this one ends.
    func add(_ id: Int32) { tell("add \(id)") }

    /// Removes the process from the list: its id may soon be reused.
    func remove(_ id: Int32) { tell("remove \(id)") }

    private func tell(_ line: String) {
        shell.withLock { shell in
            do { try shell?.write(line + "\n") } catch {
                preconditionFailure("the shell of orphans is there: \(error)")
            }
        }
    }
}
