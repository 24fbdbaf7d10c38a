// Counts what a thread allocates, for tests that say how much an operation needs. A program that links this has malloc,
// calloc and realloc from here, in front of those of the C library.
#pragma once

#include <stdint.h>

// How often the calling thread has taken memory; a sanitizer has an allocator of its own, and nothing is counted then.
uint64_t allocation_count_of_thread(void);
