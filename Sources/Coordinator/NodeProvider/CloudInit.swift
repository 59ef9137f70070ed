import Cryptography
import Model

/// The cloud-init user data of a new node: where the agent's package is, where the coordinators are, and the token with
/// which the node enrols.
///
/// Source: cloud-init's documentation of `#cloud-config` (modules apt, write_files, runcmd).
public struct CloudInit: Sendable {
    /// HOST:PORT of each coordinator's link.
    public let coordinators: [HostPort]
    /// A line for sources.list; empty where the image has the repository already.
    public let repository: String

    public init(coordinators: [HostPort], repository: String) {
        self.coordinators = coordinators
        self.repository = repository
    }

    public func userData(_ token: JoinToken) -> Secret<String> {
        let addresses = coordinators.map { "\"\($0)\"" }.joined(separator: ", ")
        let source =
            repository.isEmpty
            ? ""
            : """
              - path: /etc/apt/sources.list.d/holdfast.list
                content: |
                  \(repository)

            """
        return Secret(
            """
            #cloud-config
            write_files:
            \(source)  - path: /etc/holdfast/agent.toml
                content: |
                  [link]
                  coordinators = [\(addresses)]
              - path: /etc/credstore/holdfast.join-token
                permissions: "0600"
                content: \(token.text.reveal())
            runcmd:
              - [apt-get, update]
              - [apt-get, install, --yes, -o, "Dpkg::Options::=--force-confold", holdfast-agent]

            """
        )
    }
}
