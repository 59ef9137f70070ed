import DaemonRuntime
import Model

/// The settings of the operators' side.
extension Declared {
    static let adminListen = Setting(
        "admin.listen",
        .hostPort,
        default: HostPort(host: "127.0.0.1", port: 7444),
        help: """
            Where operators connect, over TLS 1.3 with the certificates that `holdfast-coordinator operator add` makes.
            """
    )
}
