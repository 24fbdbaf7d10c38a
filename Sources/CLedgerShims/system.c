// Thin faces of system calls that Swift's Glibc module lacks or cannot call.
#define _GNU_SOURCE
#include "CLedgerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int ledger_open_at(int directory, const char *name, int flags, mode_t mode) {
    return openat(directory, name, flags | O_CLOEXEC, mode);
}

int ledger_open_directory(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }

int ledger_open_directory_at(int directory, const char *name) {
    return openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// What is free is asked first: an attempt in vain takes all of it for a moment, and other programs miss it.
int ledger_allocate(int descriptor, int64_t byte_count) {
    struct stat file;
    struct statvfs system;
    if (fstat(descriptor, &file) == 0 && fstatvfs(descriptor, &system) == 0 && system.f_blocks > 0) {
        int64_t missing = byte_count - (int64_t)file.st_blocks * 512;
        if (missing > 0 && (uint64_t)missing > (uint64_t)system.f_bavail * system.f_frsize) {
            errno = ENOSPC;
            return -1;
        }
    }
    return fallocate(descriptor, 0, 0, byte_count);
}

int ledger_file_identity(int descriptor, uint64_t *inode, uint64_t *born_nanoseconds) {
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0) return -1;
    *inode = status.stx_ino;
    *born_nanoseconds = status.stx_mask & STATX_BTIME
                            ? (uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec
                            : 0;
    return 0;
}

int ledger_file_exists(int directory, const char *name) {
    if (faccessat(directory, name, F_OK, 0) == 0) return 1;
    return errno == ENOENT ? 0 : -1;
}

// Not fstatat(2), which asks for times: see ledger_link_count.
int ledger_is_named(int directory, const char *name, int descriptor) {
    struct statx named, opened;
    if (statx(directory, name, 0, STATX_INO, &named) != 0) return -1;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_INO, &opened) != 0) return -1;
    return named.stx_ino == opened.stx_ino && named.stx_dev_major == opened.stx_dev_major
        && named.stx_dev_minor == opened.stx_dev_minor;
}

int64_t ledger_file_size_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > INT64_MAX) return INT64_MAX;
    return (int64_t)limit.rlim_cur;
}

int64_t ledger_link_count(int descriptor) {
    struct statx file;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_NLINK, &file) != 0) return -1;
    return file.stx_nlink;
}

static int64_t nanoseconds(int64_t seconds, int64_t rest) { return seconds * 1000000000 + rest; }

// The kernel stamps a change with this clock, which moves once per tick. It is read first, so that any change after
// this call is stamped with that time or a later one. A file system that keeps whole seconds has no distinct times.
int64_t ledger_names_changed_at(int directory, int *is_distinct) {
    struct timespec now;
    struct statx names;
    if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return -1;
    if (statx(directory, "", AT_EMPTY_PATH, STATX_MTIME | STATX_NLINK, &names) != 0) return -1;
    if (names.stx_nlink == 0) {
        errno = ENOENT;
        return -1;
    }
    int64_t changed_at = nanoseconds(names.stx_mtime.tv_sec, names.stx_mtime.tv_nsec);
    *is_distinct = names.stx_mtime.tv_nsec != 0 && changed_at < nanoseconds(now.tv_sec, now.tv_nsec);
    return changed_at;
}

int ledger_open_direct_flag(void) { return O_DIRECT; }

int ledger_lock_is_held(int descriptor, int64_t offset) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1, .l_pid = 0};
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return -1;
    return lock.l_type == F_WRLCK;
}

// The table is read in a forked child, where no lock may be taken: each slot is one atomic word, a descriptor + 1, so
// that the zeroed table is empty.
enum { slot_count = 256 };
static _Atomic int slots[slot_count];
static _Atomic uint32_t generation;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

// The number stays taken, by nothing: the child's own copies of handles close it in their time.
static void after_fork_in_child(void) {
    atomic_fetch_add(&generation, 1);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < slot_count; i++) {
        int descriptor = atomic_exchange(&slots[i], 0) - 1;
        if (descriptor < 0) continue;
        if (nothing < 0 || dup3(nothing, descriptor, O_CLOEXEC) < 0) close(descriptor);
    }
    if (nothing >= 0) close(nothing);
}

static void register_fork_handler(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }

static int close_in_child(int descriptor) {
    pthread_once(&fork_once, register_fork_handler);
    for (int i = 0; i < slot_count; i++)
        if (atomic_load(&slots[i]) == descriptor + 1) return 0;
    for (int i = 0; i < slot_count; i++) {
        int empty = 0;
        if (atomic_compare_exchange_strong(&slots[i], &empty, descriptor + 1)) return 0;
    }
    errno = ENOLCK;
    return -1;
}

// Noted before there is a lock, and forgotten when there is none. Only a fork between the open of the file and this
// call leaves the child a descriptor that is not noted, and so a lock that outlives a parent that is killed.
int ledger_lock(int descriptor, int64_t offset, int is_exclusive) {
    struct flock lock = {
        .l_type = is_exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1, .l_pid = 0};
    if (close_in_child(descriptor) != 0) return -1;
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int ledger_lock_directory(int descriptor, int is_exclusive) {
    if (close_in_child(descriptor) != 0) return -1;
    return flock(descriptor, (is_exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
}

void ledger_unlock(int descriptor) {
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    for (int i = 0; i < slot_count; i++) {
        int expected = descriptor + 1;
        if (atomic_load(&slots[i]) != expected) continue;
        fcntl(descriptor, F_OFD_SETLK, &lock);
        flock(descriptor, LOCK_UN);
        atomic_compare_exchange_strong(&slots[i], &expected, 0);
        return;
    }
}

void ledger_random_16_bytes(void *bytes) {
    static _Thread_local unsigned char kept[256]; // As many as getentropy(3) gives at a time.
    static _Thread_local size_t left;
    static _Thread_local uint32_t drawn_in;
    pthread_once(&fork_once, register_fork_handler);
    if (left == 0 || drawn_in != atomic_load(&generation)) {
        if (getentropy(kept, sizeof kept) != 0) abort();
        left = sizeof kept;
        drawn_in = atomic_load(&generation);
    }
    left -= 16;
    memcpy(bytes, kept + left, 16);
}

uint32_t ledger_fork_generation(void) { return atomic_load(&generation); }

int ledger_semaphore_wait_for(sem_t *semaphore, int64_t nanoseconds) {
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += nanoseconds / 1000000000;
    deadline.tv_nsec += nanoseconds % 1000000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec += 1;
        deadline.tv_nsec -= 1000000000;
    }
    int result;
    do result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline);
    while (result != 0 && errno == EINTR);
    return result;
}

void ledger_lower_thread_priority(void) { setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19); }

int ledger_watch_open(const char *path) {
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch < 0) return -1;
    if (inotify_add_watch(watch, path, IN_MODIFY) < 0) {
        int error = errno;
        close(watch);
        errno = error;
        return -1;
    }
    return watch;
}

static int drain_events(int watch) {
    _Alignas(struct inotify_event) char buffer[4096];
    for (;;) {
        ssize_t count = read(watch, buffer, sizeof buffer);
        if (count > 0 || (count < 0 && errno == EINTR)) continue;
        return count < 0 && errno == EAGAIN ? 1 : -1;
    }
}

int ledger_watch_wait(int watch, int wake, int peer, int milliseconds) {
    struct pollfd files[3] = {
        {.fd = watch, .events = POLLIN}, {.fd = wake, .events = POLLIN}, {.fd = peer, .events = POLLIN}};
    int ready = poll(files, 3, milliseconds);
    if (ready < 0) return errno == EINTR ? 0 : -1;
    return (files[0].revents & POLLIN) ? drain_events(watch) : 0;
}

static int stop_pipe[2] = {-1, -1};
static atomic_int stops_left;

static void note_stop(int signal_number) {
    int error = errno;
    char number = (char)signal_number;
    ssize_t ignored = write(stop_pipe[1], &number, 1);
    (void)ignored;
    if (atomic_fetch_sub(&stops_left, 1) == 1) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
    }
    errno = error;
}

int ledger_stop_signals(int count) {
    if (stop_pipe[0] >= 0) return stop_pipe[0];
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    stops_left = count;
    struct sigaction action = {.sa_handler = note_stop, .sa_flags = SA_RESTART};
    // One at a time, so that none is on its way to its handler while that gives the signals back.
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    action.sa_mask = stops;
    if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) return -1;
    // A parent may have blocked them, and a process inherits that.
    if (pthread_sigmask(SIG_UNBLOCK, &stops, NULL) != 0) return -1;
    return stop_pipe[0];
}

static int reload_pipe[2] = {-1, -1};

static void note_reload(int signal_number) {
    int error = errno;
    char number = (char)signal_number;
    ssize_t ignored = write(reload_pipe[1], &number, 1);
    (void)ignored;
    errno = error;
}

int ledger_reload_signal(void) {
    if (reload_pipe[0] >= 0) return reload_pipe[0];
    if (pipe2(reload_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action = {.sa_handler = note_reload, .sa_flags = SA_RESTART};
    sigset_t reload;
    sigemptyset(&reload);
    sigaddset(&reload, SIGHUP);
    if (sigaction(SIGHUP, &action, NULL) != 0) return -1;
    if (pthread_sigmask(SIG_UNBLOCK, &reload, NULL) != 0) return -1;
    return reload_pipe[0];
}

void ledger_forget_crash_handlers(void) {
    static const int crashes[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
        // What a parent had ignored stays so.
        if (signal(crashes[index], SIG_DFL) == SIG_IGN) signal(crashes[index], SIG_IGN);
    }
}

int64_t ledger_file_system_number(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    return (int64_t)status.f_type;
}

int ledger_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

int ledger_terminal_lines(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_row : -1;
}

char **ledger_environment(void) { return environ; }
