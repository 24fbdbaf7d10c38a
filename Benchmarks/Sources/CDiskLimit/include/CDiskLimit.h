// What a disk can do at best: the bare system calls that no durable log can do without.
// Every function returns 0, or the number of the error (errno).
#ifndef C_DISK_LIMIT_H
#define C_DISK_LIMIT_H

#include <stddef.h>
#include <stdint.h>

// Makes a file of zeros that are on the disk, so that later writes find its blocks allocated and written.
int disk_limit_write_through(const char *path, size_t byte_count);

// Writes `commit_count` times the next `commit_byte_count` bytes into a written-through file, with pwrite and
// fdatasync, and notes the nanoseconds that each took.
int disk_limit_commit(const char *path, const void *bytes, size_t commit_byte_count, size_t commit_count,
                      uint64_t *nanoseconds);

// As many threads as producers, each handing over one record after another and waiting until it is durable, and one
// committer that writes what has gathered with one pwrite and one fdatasync. Notes the nanoseconds that all took.
int disk_limit_group_commit(const char *path, const void *record, size_t record_byte_count, size_t producer_count,
                            size_t records_per_producer, uint64_t *nanoseconds);

// Reads a file from its beginning to its end, a MiB at a time.
int disk_limit_read(const char *path);

#endif
