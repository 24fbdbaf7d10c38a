#define _GNU_SOURCE
#include "CLoad.h"
#include "connections.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// An answer is shorter, or it is wrong.
enum { answer_byte_count_max = 1 << 20, events_per_wait = 64 };

struct connection {
    int descriptor;
    size_t next, end;  // The request that comes next, and the end of its requests.
    uint64_t sent_at;  // When the one before was sent.
    size_t byte_count; // What has come of its answer.
    char *answer;
};

struct load {
    enum load_protocol protocol;
    const char *bytes;
    const size_t *ends;
    uint64_t *nanoseconds;
};

static int send_next(const struct load *load, struct connection *connection) {
    size_t start = connection->next == 0 ? 0 : load->ends[connection->next - 1];
    size_t end = load->ends[connection->next++];
    connection->byte_count = 0;
    connection->sent_at = load_now();
    return load_send(connection->descriptor, load->bytes + start, end - start);
}

// How many bytes the answer has, 0 while that is not known. Sets `error` if it is not the one that is expected.
static size_t http_byte_count(const char *answer, size_t byte_count, int *error) {
    const char *end = memmem(answer, byte_count, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(answer, "HTTP/1.1 2", 10) != 0) *error = EPROTO;
    static const char name[] = "\r\nContent-Length:";
    for (const char *line = answer; line < end; line++) {
        line = memchr(line, '\r', (size_t)(end - line));
        if (!line) break;
        if (strncasecmp(line, name, sizeof name - 1) == 0) {
            return (size_t)(end + 4 - answer) + strtoul(line + sizeof name - 1, NULL, 10);
        }
    }
    *error = EPROTO;
    return 0;
}

static size_t redis_byte_count(const char *answer, size_t byte_count, int *error) {
    const char *end = memmem(answer, byte_count, "\r\n", 2);
    if (!end) return 0;
    if (answer[0] != '$' || answer[1] == '-') *error = EPROTO;
    return (size_t)(end + 2 - answer) + strtoul(answer + 1, NULL, 10) + 2;
}

// Reads what has come; sets `is_whole` once the answer is here.
static int receive(struct connection *connection, enum load_protocol protocol, bool *is_whole) {
    *is_whole = false;
    char *rest = connection->answer + connection->byte_count;
    ssize_t received = recv(connection->descriptor, rest, answer_byte_count_max - connection->byte_count, 0);
    if (received < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
    if (received == 0) return EPROTO;
    connection->byte_count += (size_t)received;
    connection->answer[connection->byte_count] = 0;
    int error = 0;
    size_t whole = protocol == load_http ? http_byte_count(connection->answer, connection->byte_count, &error)
                                         : redis_byte_count(connection->answer, connection->byte_count, &error);
    if (error == 0 && whole > answer_byte_count_max) error = EPROTO;
    *is_whole = whole > 0 && connection->byte_count >= whole;
    return error;
}

static int serve(const struct load *load, int poller, struct connection *connections, size_t count) {
    int error = 0;
    size_t open_count = 0;
    for (size_t index = 0; index < count && error == 0; index++) {
        if (connections[index].next == connections[index].end) continue;
        open_count++;
        error = send_next(load, &connections[index]);
    }
    struct epoll_event events[events_per_wait];
    while (open_count > 0 && error == 0) {
        int ready = epoll_wait(poller, events, events_per_wait, -1);
        if (ready < 0 && errno != EINTR) return errno;
        for (int index = 0; index < ready && error == 0; index++) {
            struct connection *connection = events[index].data.ptr;
            bool is_whole;
            error = receive(connection, load->protocol, &is_whole);
            if (error != 0 || !is_whole) continue;
            load->nanoseconds[connection->next - 1] = load_now() - connection->sent_at;
            if (connection->next < connection->end) error = send_next(load, connection);
            else open_count--;
        }
    }
    return error;
}

int load_run(uint16_t port, enum load_protocol protocol, const void *bytes, const size_t *ends, const size_t *counts,
             size_t connection_count, uint64_t *nanoseconds, uint64_t *total_nanoseconds) {
    struct load load = {.protocol = protocol, .bytes = bytes, .ends = ends, .nanoseconds = nanoseconds};
    struct connection *connections = calloc(connection_count, sizeof *connections);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int error = !connections ? ENOMEM : poller < 0 ? errno : 0;
    size_t count = 0, next = 0;
    for (; count < connection_count && error == 0; count++) {
        struct connection *connection = &connections[count];
        connection->next = next;
        next += counts[count];
        connection->end = next;
        connection->answer = malloc(answer_byte_count_max + 1);
        connection->descriptor = load_connect(port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (!connection->answer) error = ENOMEM;
        else if (connection->descriptor < 0) error = errno;
        else if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) error = errno;
    }
    uint64_t start = load_now();
    if (error == 0) error = serve(&load, poller, connections, count);
    *total_nanoseconds = load_now() - start;
    for (size_t index = 0; index < count; index++) {
        if (connections[index].descriptor >= 0) close(connections[index].descriptor);
        free(connections[index].answer);
    }
    if (poller >= 0) close(poller);
    free(connections);
    return error;
}
