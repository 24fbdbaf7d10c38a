internal import Glibc

/// Where directories lie, whatever they are called: links, relative paths and mounts make no difference.
package enum DirectoryPlace {
    /// What tells a directory from every other one.
    private struct Number: Equatable {
        let device: dev_t
        let inode: ino_t

        /// Nil if there is no such directory, or it cannot be accessed.
        init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    /// Throws where a directory that is to be filled is the one that is read, or lies in it.
    ///
    /// What is put there would be lost with the other one, and be taken for a part of it. A directory that is not there
    /// yet is looked for in the parent that it is to have.
    package static func check(
        _ directory: String,
        in parent: String? = nil,
        isOutside source: String
    ) throws(LedgerError) {
        guard let forbidden = Number(source) else { return }
        var path = parent ?? directory
        var place = Number(path)
        while let here = place {
            guard here != forbidden else {
                throw LedgerError(
                    .invalidRequest,
                    "\(directory) is \(source) itself or lies in it",
                    remedy: "choose a directory outside of it, best on another disk"
                )
            }
            path += "/.."
            place = Number(path)
            // The root is its own parent.
            if place == here { return }
        }
    }
}
