import CPQ

/// One message of NOTIFY.
package struct Notification: Equatable, Sendable {
    package let channel: String
    package let payload: String
}

extension Connection {
    /// Reads what the socket holds without waiting, and returns the notifications that have arrived on the channels
    /// that this session listens to, oldest first.
    ///
    /// Throws `connectionLost` where the session has ended meanwhile.
    package mutating func consumeNotifications() throws(PostgresError) -> [Notification] {
        try wire.consumeInput()
        var notifications: [Notification] = []
        while let notification = unsafe PQnotifies(raw) {
            notifications.append(
                Notification(
                    channel: unsafe String(cString: notification.pointee.relname),
                    payload: unsafe String(cString: notification.pointee.extra)
                )
            )
            unsafe PQfreemem(notification)
        }
        return notifications
    }
}
