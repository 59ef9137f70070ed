import CPostgres

extension Connection {
    struct Notification {
        let channel: String
        let payload: String
    }

    /// The notifications that have come; ``checkAlive()`` reads them from the socket.
    func takeNotifications() -> [Notification] {
        var notifications: [Notification] = []
        while let handle, let notify = PQnotifies(handle) {
            notifications.append(
                Notification(
                    channel: String(cString: notify.pointee.relname),
                    payload: String(cString: notify.pointee.extra)
                )
            )
            PQfreemem(notify)
        }
        return notifications
    }
}
