// fork(2) for tests: Swift does not offer it, because its runtime in the child may wait for locks of threads that the
// child does not have.
#ifndef C_FORK_TEST_SUPPORT_H
#define C_FORK_TEST_SUPPORT_H

#include <sys/types.h>

// 0 in the child, the child's id in the parent, -1 with errno.
pid_t test_fork(void);

#endif
