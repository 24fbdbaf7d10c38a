// A library to be preloaded (LD_PRELOAD): lets calls of one program on chosen files fail, for tests of that program.
//
// FAULT_FILES   a pattern (fnmatch(3)) of the paths of the files that are affected
// FAULT_CALL    pwrite, pread, fdatasync or fsync
// FAULT_EFFECT  EIO, ENOSPC or EINTR: the call fails with it; short: pwrite takes FAULT_BYTES at most; lost: the call
//               does nothing and says that it did
// FAULT_BYTES   for short as said; for ENOSPC so many bytes are taken before
// FAULT_COUNT   how many calls are affected; all unless given
// FAULT_SWITCH  a file: nothing is affected until it is there
#ifndef C_FAULT_INJECTION_H
#define C_FAULT_INJECTION_H
#endif
