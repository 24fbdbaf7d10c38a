// C for what Swift cannot say: hardware CRC32C, GNU-only system calls, variadic calls and fork handlers.
#ifndef C_LEDGER_SHIMS_H
#define C_LEDGER_SHIMS_H

#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// CRC32C (Castagnoli) of the bytes, going on from `crc`; begin with 0.
uint32_t ledger_crc32c(uint32_t crc, const void *bytes, size_t byte_count);

// Begins to load memory that will be written soon; any address will do.
static inline void ledger_prefetch(const void *address) { __builtin_prefetch(address, 1); }

// openat(2) with a mode; O_CLOEXEC is always added.
int ledger_open_at(int directory, const char *name, int flags, mode_t mode);

// A descriptor of a directory for looking up names in it (O_PATH), -1 with errno. It needs no right to list them.
int ledger_open_directory(const char *path);

// The same for a directory in a directory; a symbolic link is refused with ENOTDIR.
int ledger_open_directory_at(int directory, const char *name);

// fallocate(2): reserves space for the first `byte_count` bytes of the file, which becomes that long where it is
// shorter. -1 with EOPNOTSUPP where the file system cannot.
int ledger_allocate(int descriptor, int64_t byte_count);

// What tells an open file from every copy of it: the inode's number, and when it was made in nanoseconds since 1970, 0
// where the file system does not say. -1 with errno.
int ledger_file_identity(int descriptor, uint64_t *inode, uint64_t *born_nanoseconds);

// Whether a directory has a file, 0 or 1, or -1 where it cannot be asked.
int ledger_file_exists(int directory, const char *name);

// Whether a name in a directory, or a path where `directory` is AT_FDCWD, leads to an open file: 0 to another one, 1 to
// this one, -1 with errno, which is ENOENT where it leads to none.
int ledger_is_named(int directory, const char *name, int descriptor);

// The soft limit of file sizes of this process (RLIMIT_FSIZE), INT64_MAX where there is none.
int64_t ledger_file_size_limit(void);

// How many names the file of an open descriptor has (statx(2)); -1 with errno.
//
// Not fstat(2): since Linux 6.13 a file whose times were asked for gets a new time at its next write, which the next
// flush then has to write, and flushes take half as long again.
int64_t ledger_link_count(int descriptor);

// When the names in an open directory last changed, in nanoseconds since 1970, -1 with errno, which is ENOENT where the
// directory was removed. `is_distinct` is 1 if the next change gets another time.
int64_t ledger_names_changed_at(int directory, int *is_distinct);

// The O_DIRECT flag of this platform.
int ledger_open_direct_flag(void);

// Open-file-description lock (fcntl(2), F_OFD_SETLK) of the byte at `offset`: -1 with EAGAIN or EACCES where another
// holds it. A forked child closes the descriptor at once, so that its life does not keep the lock.
int ledger_lock(int descriptor, int64_t offset, int is_exclusive);

// Lock of a directory itself (flock(2)), with which no file has to be there: -1 with EAGAIN where another holds it. A
// forked child closes the descriptor at once, as above.
int ledger_lock_directory(int descriptor, int is_exclusive);

// Gives back every lock of a descriptor that is about to be closed; one without locks is left alone.
void ledger_unlock(int descriptor);

// Whether another holds the byte's lock exclusively: 0 no, 1 yes, -1 with errno.
int ledger_lock_is_held(int descriptor, int64_t offset);

// 16 of the system's random bytes (getrandom(2)), which never come twice, in a forked child either. The system is asked
// for many at a time: a call costs a quarter of what an append may. Ends the process where it has none.
void ledger_random_16_bytes(void *bytes);

// How many forks lie between the process that loaded the library and this one.
uint32_t ledger_fork_generation(void);

// Waits until the semaphore is posted or `nanoseconds` have passed: 0 posted, -1 with ETIMEDOUT.
int ledger_semaphore_wait_for(sem_t *semaphore, int64_t nanoseconds);

// Lets every other thread go before the calling one (setpriority(2), nice 19); does nothing where that is refused.
void ledger_lower_thread_priority(void);

// A descriptor that becomes readable when the file is written (inotify), -1 with errno.
int ledger_watch_open(const char *path);

// Waits until the watched file was written or `milliseconds` have passed; a readable `wake` or `peer` (or -1) ends the
// wait too. 1 written, 0 not, -1 with errno.
int ledger_watch_wait(int watch, int wake, int peer, int milliseconds);

// What may have happened to a descriptor (epoll(7)); `ledger_poll_changes` reports each change once.
enum {
    ledger_poll_readable = 0x1,
    ledger_poll_writable = 0x4,
    ledger_poll_failed = 0x8,
    ledger_poll_hung_up = 0x10,
    ledger_poll_peer_ended = 0x2000,
    ledger_poll_changes = 1u << 31,
};

// What has happened to the descriptor that was given this tag.
struct ledger_poll_event {
    uint64_t tag;
    uint32_t events;
};

// A descriptor that waits for many (epoll_create1(2)), -1 with errno.
int ledger_poll_open(void);

// Adds a descriptor, or changes what is waited for; -1 with errno.
int ledger_poll_set(int poll, int descriptor, uint32_t events, uint64_t tag);

// Removes a descriptor; -1 with errno.
int ledger_poll_remove(int poll, int descriptor);

// Waits until something has happened or `milliseconds` have passed, -1 for ever; at most 64 events are written. How
// many there are, 0 after a signal too, -1 with errno.
int ledger_poll_wait(int poll, struct ledger_poll_event *events, int count, int milliseconds);

// A counter that is readable while it is not zero (eventfd(2)); it does not block. -1 with errno.
int ledger_event_open(void);

// The next connection of a listening socket (accept4(2)), which does not block; -1 with errno.
int ledger_accept(int listener, struct sockaddr *address, socklen_t *byte_count);

// Takes over the first `count` of SIGINT and SIGTERM, of both together; the one after them ends the process. From the
// returned descriptor, which does not block, the number of each that has come can be read, as a byte. -1 with errno.
int ledger_stop_signals(int count);

// Takes over SIGHUP. From the returned descriptor, which does not block, a byte can be read for each that has come. -1
// with errno.
int ledger_reload_signal(void);

// Takes back the handlers that the Swift runtime has set for crashes: a crash then ends the process and prints nothing.
void ledger_forget_crash_handlers(void);

// The number of the file system that a path lies on (statfs(2), f_type), -1 with errno.
int64_t ledger_file_system_number(const char *path);

// How many columns the terminal of a descriptor has (ioctl(2), TIOCGWINSZ); 0 where it says none, -1 with errno.
int ledger_terminal_columns(int descriptor);

// How many lines it has, likewise.
int ledger_terminal_lines(int descriptor);

// The environment of this process, for one that it starts.
char **ledger_environment(void);

#endif
