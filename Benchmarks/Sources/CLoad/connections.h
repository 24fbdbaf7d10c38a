#ifndef C_LOAD_CONNECTIONS_H
#define C_LOAD_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

// Opens a connection to a TCP port of 127.0.0.1 that does not delay small packets and, after the connection, never
// blocks. -1 if that fails.
int load_connect(uint16_t port);

// Sends everything, and waits where the connection is full.
int load_send(int descriptor, const char *bytes, size_t byte_count);

#endif
