#define _GNU_SOURCE
#include "CForkTestSupport.h"

#include <limits.h>
#include <linux/close_range.h>
#include <unistd.h>

pid_t test_fork(void) { return fork(); }

int test_own_descriptors(void) { return close_range(3, UINT_MAX, CLOSE_RANGE_UNSHARE); }
