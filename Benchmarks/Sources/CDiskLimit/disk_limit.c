#include "CDiskLimit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int write_at(int descriptor, const char *bytes, size_t byte_count, off_t offset) {
    while (byte_count > 0) {
        ssize_t written = pwrite(descriptor, bytes, byte_count, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        byte_count -= (size_t)written;
        offset += written;
    }
    return 0;
}

int disk_limit_write_through(const char *path, size_t byte_count) {
    enum { chunk_byte_count = 1 << 20 };
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return errno;
    char *zeros = calloc(1, chunk_byte_count);
    int error = zeros ? 0 : ENOMEM;
    for (size_t done = 0; error == 0 && done < byte_count; done += chunk_byte_count) {
        size_t rest = byte_count - done;
        error = write_at(descriptor, zeros, rest < chunk_byte_count ? rest : chunk_byte_count, (off_t)done);
    }
    if (error == 0 && fsync(descriptor) != 0) error = errno;
    free(zeros);
    close(descriptor);
    return error;
}

int disk_limit_commit(const char *path, const void *bytes, size_t commit_byte_count, size_t commit_count,
                      uint64_t *nanoseconds) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    int error = 0;
    for (size_t index = 0; error == 0 && index < commit_count; index++) {
        uint64_t start = now();
        size_t offset = index * commit_byte_count;
        error = write_at(descriptor, (const char *)bytes + offset, commit_byte_count, (off_t)offset);
        if (error == 0 && fdatasync(descriptor) != 0) error = errno;
        nanoseconds[index] = now() - start;
    }
    close(descriptor);
    return error;
}

int disk_limit_read(const char *path) {
    enum { chunk_byte_count = 1 << 20 };
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    char *chunk = malloc(chunk_byte_count);
    int error = chunk ? 0 : ENOMEM;
    ssize_t count = 1;
    while (error == 0 && count != 0) {
        count = read(descriptor, chunk, chunk_byte_count);
        if (count < 0 && errno != EINTR) error = errno;
    }
    free(chunk);
    close(descriptor);
    return error;
}
