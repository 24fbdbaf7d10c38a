#define _GNU_SOURCE
#include "CLoad.h"
#include "connections.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// What is not a whole event yet is kept; an event is shorter.
enum { piece_byte_count = 256 << 10, rest_byte_count_max = 64 << 10, events_per_wait = 64 };

struct stream {
    int descriptor;
    bool has_head;               // Whether the head of the answer has been read.
    bool has_begun;              // Whether an id has come.
    uint64_t id;                 // The last one.
    size_t chunk_byte_count;     // What is missing of the chunk that is being read.
    bool is_in_size;             // Whether the digits of the next chunk's size are being read.
    size_t rest_byte_count;
    char rest[rest_byte_count_max];
};

struct load_streams {
    int poller;
    size_t count;
    char *bytes; // What has come and is not read yet, of the stream that is being read.
    struct stream streams[];
};

// Takes the lines out of some bytes that say how long the next chunk is; returns how many bytes remain.
static size_t without_sizes(struct stream *stream, char *bytes, size_t byte_count) {
    size_t kept = 0;
    for (size_t index = 0; index < byte_count;) {
        if (!stream->is_in_size && stream->chunk_byte_count > 0) {
            size_t rest = byte_count - index;
            size_t count = stream->chunk_byte_count < rest ? stream->chunk_byte_count : rest;
            memmove(bytes + kept, bytes + index, count);
            kept += count;
            index += count;
            stream->chunk_byte_count -= count;
            continue;
        }
        char byte = bytes[index++];
        if (byte == '\r') continue;
        if (byte == '\n') {
            // The line feed behind a chunk, or the one behind its size.
            stream->is_in_size = stream->chunk_byte_count == 0;
            continue;
        }
        stream->is_in_size = true;
        int digit = byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10;
        stream->chunk_byte_count = stream->chunk_byte_count << 4 | (size_t)digit;
    }
    return kept;
}

// Takes note of the last whole event in some bytes; returns how many bytes there are up to its end.
static size_t note_events(struct stream *stream, const char *bytes, size_t byte_count) {
    const char *end = memrchr(bytes, '\n', byte_count);
    while (end > bytes && end[-1] != '\n') end = memrchr(bytes, '\n', (size_t)(end - bytes));
    if (!end || end == bytes) return 0;
    for (const char *feed = end - 1; feed;) {
        const char *before = memrchr(bytes, '\n', (size_t)(feed - bytes));
        const char *line = before ? before + 1 : bytes;
        if (feed - line > 4 && memcmp(line, "id: ", 4) == 0) {
            stream->id = strtoull(line + 4, NULL, 10);
            stream->has_begun = true;
            break;
        }
        feed = before;
    }
    return (size_t)(end + 1 - bytes);
}

// Reads what has come.
static int receive(struct load_streams *streams, struct stream *stream) {
    char *bytes = streams->bytes;
    size_t byte_count = stream->rest_byte_count;
    memcpy(bytes, stream->rest, byte_count);
    ssize_t received = recv(stream->descriptor, bytes + byte_count, piece_byte_count, MSG_DONTWAIT);
    if (received < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
    if (received == 0) return EPROTO;
    if (stream->has_head) {
        byte_count += without_sizes(stream, bytes + byte_count, (size_t)received);
    } else {
        byte_count += (size_t)received;
        const char *end = memmem(bytes, byte_count, "\r\n\r\n", 4);
        if (end) {
            if (memcmp(bytes, "HTTP/1.1 200", 12) != 0) return EPROTO;
            stream->has_head = true;
            byte_count -= (size_t)(end + 4 - bytes);
            memmove(bytes, end + 4, byte_count);
            byte_count = without_sizes(stream, bytes, byte_count);
        }
    }
    size_t taken = stream->has_head ? note_events(stream, bytes, byte_count) : 0;
    stream->rest_byte_count = byte_count - taken;
    if (stream->rest_byte_count > rest_byte_count_max) return EPROTO;
    memcpy(stream->rest, bytes + taken, stream->rest_byte_count);
    return 0;
}

// Asks for a stream, and waits for its first id, which is that of the event after which it begins.
static int begin(struct load_streams *streams, struct stream *stream, const char *request) {
    int error = load_send(stream->descriptor, request, strlen(request));
    while (error == 0 && !stream->has_begun) {
        struct pollfd readable = {.fd = stream->descriptor, .events = POLLIN};
        if (poll(&readable, 1, 10000) != 1) return ETIMEDOUT;
        error = receive(streams, stream);
    }
    return error;
}

struct load_streams *load_open_streams(uint16_t port, const char *request, size_t count, int *error) {
    struct load_streams *streams = calloc(1, sizeof *streams + count * sizeof(struct stream));
    if (!streams) {
        *error = ENOMEM;
        return NULL;
    }
    streams->bytes = malloc(rest_byte_count_max + piece_byte_count);
    streams->poller = epoll_create1(EPOLL_CLOEXEC);
    *error = !streams->bytes ? ENOMEM : streams->poller < 0 ? errno : 0;
    for (; streams->count < count && *error == 0; streams->count++) {
        struct stream *stream = &streams->streams[streams->count];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
        stream->descriptor = load_connect(port);
        if (stream->descriptor < 0) *error = errno;
        else if (epoll_ctl(streams->poller, EPOLL_CTL_ADD, stream->descriptor, &event) != 0) *error = errno;
        else *error = begin(streams, stream, request);
    }
    if (*error == 0) return streams;
    load_close_streams(streams);
    return NULL;
}

int load_follow(struct load_streams *streams, uint64_t last_id, const uint64_t *sent_at,
                uint64_t *longest_nanoseconds) {
    struct epoll_event events[events_per_wait];
    size_t waiting_count = streams->count;
    int error = 0;
    *longest_nanoseconds = 0;
    while (waiting_count > 0 && error == 0) {
        int ready = epoll_wait(streams->poller, events, events_per_wait, 30000);
        if (ready == 0) return ETIMEDOUT;
        if (ready < 0 && errno != EINTR) return errno;
        for (int index = 0; index < ready && error == 0; index++) {
            struct stream *stream = events[index].data.ptr;
            uint64_t before = stream->id;
            error = receive(streams, stream);
            if (stream->id == before) continue;
            // The first of the events that have come together has waited longest.
            uint64_t time = load_now() - sent_at[before];
            if (time > *longest_nanoseconds) *longest_nanoseconds = time;
            if (stream->id == last_id) waiting_count--;
        }
    }
    return error;
}

void load_close_streams(struct load_streams *streams) {
    for (size_t index = 0; index < streams->count; index++) {
        if (streams->streams[index].descriptor >= 0) close(streams->streams[index].descriptor);
    }
    if (streams->poller >= 0) close(streams->poller);
    free(streams->bytes);
    free(streams);
}
