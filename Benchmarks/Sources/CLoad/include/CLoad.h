// Clients of servers on this machine, as cheap as possible: one thread for all connections. Every function returns 0,
// or the number of the error (errno); EPROTO if a server answers something else than it should.
#ifndef C_LOAD_H
#define C_LOAD_H

#include <stddef.h>
#include <stdint.h>

enum load_protocol {
    load_http,  // HTTP/1.1: each answer has a status from 200 to 299 and a Content-Length.
    load_redis, // RESP: each answer is a bulk string.
};

// Opens connections to a TCP port of 127.0.0.1, of which each sends its next request once it has the answer to the one
// before. The requests lie one behind the other, those of the first connection first: `ends` says where each ends, and
// `counts` how many each connection has. Records the nanoseconds of each request, and those from the first request to
// the last answer.
int load_run(uint16_t port, enum load_protocol protocol, const void *bytes, const size_t *ends, const size_t *counts,
             size_t connection_count, uint64_t *nanoseconds, uint64_t *total_nanoseconds);

// Streams of Server-Sent Events that are followed until each has the last event.
struct load_streams;

// Opens streams with a request, and waits until each has begun. Null if that fails; `error` then has the number.
struct load_streams *load_open_streams(uint16_t port, const char *request, size_t count, int *error);

// Follows them until each has an event with this id. `sent_at` has the time (load_now) at which each event was sent,
// from the id 1 on; another thread may still be writing later ones. Records the longest time until a stream had an
// event.
int load_follow(struct load_streams *streams, uint64_t last_id, const uint64_t *sent_at,
                uint64_t *longest_nanoseconds);

// Closes them.
void load_close_streams(struct load_streams *streams);

// The nanoseconds of the monotonic clock.
uint64_t load_now(void);

// A TCP port of 127.0.0.1 that is free now; 0 if there is none.
uint16_t load_free_port(void);

#endif
