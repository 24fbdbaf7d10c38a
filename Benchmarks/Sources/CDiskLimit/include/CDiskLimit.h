// The limit of a disk: the bare system calls that every durable log needs. Every function returns 0, or the number of
// the error (errno).
#ifndef C_DISK_LIMIT_H
#define C_DISK_LIMIT_H

#include <stddef.h>
#include <stdint.h>

// Creates a file of flushed zeros, so that later writes find its blocks allocated and written.
int disk_limit_write_through(const char *path, size_t byte_count);

// Writes `commit_count` times the next `commit_byte_count` bytes into such a file, with pwrite and fdatasync, and
// records the nanoseconds of each.
int disk_limit_commit(const char *path, const void *bytes, size_t commit_byte_count, size_t commit_count,
                      uint64_t *nanoseconds);

// Runs one thread per producer, which passes on one record after another and waits until it is durable, and one
// committer, which writes the pending records with one pwrite and one fdatasync. Records the total nanoseconds.
int disk_limit_group_commit(const char *path, const void *record, size_t record_byte_count, size_t producer_count,
                            size_t records_per_producer, uint64_t *nanoseconds);

// Reads a file from beginning to end, a MiB at a time.
int disk_limit_read(const char *path);

#endif
