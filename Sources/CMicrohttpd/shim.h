#ifndef TRADELEDGER_CMICROHTTPD_SHIM_H
#define TRADELEDGER_CMICROHTTPD_SHIM_H

#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

// What a daemon calls; each call gets `context`, and `log` gets `log_context`.
struct mhd_callbacks {
    void *context;
    void *log_context;
    MHD_LogCallback log;
    void *(*target)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback request;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

// Leaves the target of a request as it was sent.
static inline size_t mhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

// A daemon without a listening socket and without a thread: connections are added to it, and MHD_run serves them. The
// certificate and the key are PEM texts, or both null for connections without TLS. Null if it cannot start; the log
// then says why.
static inline struct MHD_Daemon *mhd_start(
    const struct mhd_callbacks *callbacks, size_t connection_memory, unsigned int connection_count,
    unsigned int idle_seconds, const char *certificate, const char *key) {
    unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE
                         | MHD_USE_ERROR_LOG | (certificate ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, callbacks->request, callbacks->context,
        MHD_OPTION_EXTERNAL_LOGGER, callbacks->log, callbacks->log_context,
        MHD_OPTION_URI_LOG_CALLBACK, callbacks->target, callbacks->context,
        MHD_OPTION_UNESCAPE_CALLBACK, mhd_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, callbacks->completed, callbacks->context,
        MHD_OPTION_NOTIFY_CONNECTION, callbacks->connection, callbacks->context,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
        MHD_OPTION_CONNECTION_LIMIT, connection_count,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_ARRAY, certificate ? tls : tls + 2,
        MHD_OPTION_END);
}

// The descriptor that is readable while a daemon has something to do.
static inline int mhd_epoll_descriptor(struct MHD_Daemon *daemon) {
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

// How many bytes the head of the request under way has.
static inline size_t mhd_head_byte_count(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
}

// How many header fields, cookies and arguments the request under way has: each takes memory of its connection.
static inline size_t mhd_field_count(struct MHD_Connection *connection) {
    enum MHD_ValueKind all = MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND;
    return (size_t)MHD_get_connection_values_n(connection, all, NULL, NULL);
}

// What MHD_NotifyConnectionCallback has stored for the connection.
static inline void *mhd_socket_context(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

// The TLS session of a connection; null where it has none.
static inline void *mhd_tls_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

// Sends bytes on a TLS session: how many, 0 if the connection takes none, -1 if it was lost. After 0 the next call gets
// the same bytes.
static inline ssize_t mhd_tls_send(void *session, const void *bytes, size_t byte_count) {
    ssize_t sent = gnutls_record_send((gnutls_session_t)session, bytes, byte_count);
    if (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED) return 0;
    return sent < 0 ? -1 : sent;
}

// Gives an upgraded connection back, which ends it.
static inline void mhd_close_upgraded(struct MHD_UpgradeResponseHandle *handle) {
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

#endif
