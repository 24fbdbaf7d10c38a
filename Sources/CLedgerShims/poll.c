#define _GNU_SOURCE
#include "CLedgerShims.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(ledger_poll_readable == EPOLLIN && ledger_poll_writable == EPOLLOUT, "as epoll(7) numbers them");
_Static_assert(ledger_poll_failed == EPOLLERR && ledger_poll_hung_up == EPOLLHUP, "as epoll(7) numbers them");
_Static_assert(ledger_poll_peer_ended == EPOLLRDHUP, "as epoll(7) numbers them");
_Static_assert(ledger_poll_changes == EPOLLET, "as epoll(7) numbers them");

int ledger_poll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int ledger_poll_set(int poll, int descriptor, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.events = events, .data.u64 = tag};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0) return 0;
    return errno == EEXIST ? epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) : -1;
}

int ledger_poll_remove(int poll, int descriptor) { return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL); }

int ledger_poll_wait(int poll, struct ledger_poll_event *events, int count, int milliseconds) {
    struct epoll_event ready[64];
    int found = epoll_wait(poll, ready, count < 64 ? count : 64, milliseconds);
    if (found < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < found; i++)
        events[i] = (struct ledger_poll_event){.tag = ready[i].data.u64, .events = ready[i].events};
    return found;
}

int ledger_event_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int ledger_accept(int listener, struct sockaddr *address, socklen_t *byte_count) {
    return accept4(listener, address, byte_count, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
