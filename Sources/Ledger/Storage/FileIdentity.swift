/// What tells a file from every copy of it: it stays through renames, writes and crashes.
package struct FileIdentity: Hashable, Sendable {
    /// The number of the file in its file system.
    package let inode: UInt64
    /// When the file was made, in nanoseconds since 1970; 0 where the file system does not say.
    package let bornAtNanoseconds: UInt64

    package init(inode: UInt64, bornAtNanoseconds: UInt64) {
        self.inode = inode
        self.bornAtNanoseconds = bornAtNanoseconds
    }
}
