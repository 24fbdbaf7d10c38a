// What one core can do at best that proves bytes with a hash.
// The function returns 0, or the number of the error (errno).
#ifndef C_HASH_LIMIT_H
#define C_HASH_LIMIT_H

#include <stddef.h>

// Reads a file from its beginning to its end, a MiB at a time, through OpenSSL's SHA-256, and adds the bytes it has to
// `byte_count`.
int hash_limit_sha256(const char *path, size_t *byte_count);

#endif
