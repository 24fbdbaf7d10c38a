#ifndef TRADELEDGER_CFUZZER_SHIM_H
#define TRADELEDGER_CFUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer has no header of its own. Runs its main loop with its options in `arguments` and gives each input to
// `visit`, which returns 0.
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments, int (*visit)(const uint8_t *bytes, size_t byte_count));

#endif
