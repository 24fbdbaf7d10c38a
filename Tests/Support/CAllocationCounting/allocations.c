// The C library's own functions, under the names that it keeps for whoever stands before them.
#include "CAllocationCounting.h"

#include <stddef.h>

static _Thread_local uint64_t count;

uint64_t allocation_count_of_thread(void) { return count; }

#if !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
extern void *__libc_malloc(size_t byte_count);
extern void *__libc_calloc(size_t element_count, size_t byte_count);
extern void *__libc_realloc(void *memory, size_t byte_count);

void *malloc(size_t byte_count) {
    count++;
    return __libc_malloc(byte_count);
}

void *calloc(size_t element_count, size_t byte_count) {
    count++;
    return __libc_calloc(element_count, byte_count);
}

void *realloc(void *memory, size_t byte_count) {
    count++;
    return __libc_realloc(memory, byte_count);
}
#endif
