// The limit of one core that hashes bytes. The function returns 0, or the number of the error (errno).
#ifndef C_HASH_LIMIT_H
#define C_HASH_LIMIT_H

#include <stddef.h>

// Reads a file from beginning to end, a MiB at a time, through OpenSSL's SHA-256, and adds its bytes to `byte_count`.
int hash_limit_sha256(const char *path, size_t *byte_count);

#endif
