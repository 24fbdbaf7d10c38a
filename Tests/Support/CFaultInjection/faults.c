// Stands before the C library's calls and goes to the kernel itself, so that nothing of the program is needed.
#define _GNU_SOURCE
#include "CFaultInjection.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic long affected_count;
static _Atomic long written_byte_count;

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static int is_switched_on(void) {
    const char *path = getenv("FAULT_SWITCH");
    return !path || syscall(SYS_faccessat, -100 /* AT_FDCWD */, path, F_OK) == 0;
}

static int is_affected_file(int descriptor) {
    const char *pattern = getenv("FAULT_FILES");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!pattern || length < 0) return 0;
    path[length] = 0;
    return fnmatch(pattern, path, 0) == 0;
}

// The effect on this call, or NULL. Leaves errno as it was.
static const char *effect_on(const char *call, int descriptor) {
    const char *affected = getenv("FAULT_CALL");
    int error = errno;
    int is_affected = affected && strcmp(affected, call) == 0 && is_switched_on() && is_affected_file(descriptor);
    errno = error;
    if (!is_affected || atomic_fetch_add(&affected_count, 1) >= number("FAULT_COUNT", LONG_MAX)) return NULL;
    return getenv("FAULT_EFFECT");
}

// What the call returns for an effect that is an error.
static int failure(const char *effect) {
    errno = strcmp(effect, "ENOSPC") == 0 ? ENOSPC : strcmp(effect, "EINTR") == 0 ? EINTR : EIO;
    return -1;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    const char *effect = effect_on("pwrite", descriptor);
    if (effect && strcmp(effect, "lost") == 0) return (ssize_t)count;
    if (effect && strcmp(effect, "short") == 0) {
        size_t most = (size_t)number("FAULT_BYTES", 1);
        if (count > most) count = most;
    } else if (effect && strcmp(effect, "ENOSPC") == 0) {
        long room = number("FAULT_BYTES", 0) - atomic_load(&written_byte_count);
        if (room <= 0) return failure(effect);
        if (count > (size_t)room) count = (size_t)room;
        atomic_fetch_add(&written_byte_count, (long)count);
    } else if (effect) {
        return failure(effect);
    }
    return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    const char *effect = effect_on("pread", descriptor);
    if (effect) return failure(effect);
    return syscall(SYS_pread64, descriptor, bytes, count, offset);
}

int fdatasync(int descriptor) {
    const char *effect = effect_on("fdatasync", descriptor);
    if (effect) return strcmp(effect, "lost") == 0 ? 0 : failure(effect);
    return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor) {
    const char *effect = effect_on("fsync", descriptor);
    if (effect) return strcmp(effect, "lost") == 0 ? 0 : failure(effect);
    return (int)syscall(SYS_fsync, descriptor);
}

// The names that programs with 64-bit offsets use.
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) __attribute__((alias("pwrite")));
ssize_t pread64(int descriptor, void *bytes, size_t count, off_t offset) __attribute__((alias("pread")));
