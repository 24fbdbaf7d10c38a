// System calls for tests that Swift does not offer. After fork(2), its runtime in the child may wait for locks of
// threads that the child does not have.
#ifndef C_FORK_TEST_SUPPORT_H
#define C_FORK_TEST_SUPPORT_H

#include <sys/types.h>

// Gives the calling thread a table of descriptors of its own, with the standard ones only; threads that it starts share
// it. -1 with errno.
int test_own_descriptors(void);

// 0 in the child, the child's id in the parent, -1 with errno.
pid_t test_fork(void);

#endif
