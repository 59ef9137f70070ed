import Model

/// Private networks that common software takes for itself, and that a pool of tunnel addresses may collide with. On a
/// node that has a route into one of them, the tunnel would take that route over.
public struct KnownNetwork: Hashable, Sendable {
    public let prefix: IPPrefix
    /// What uses it by default.
    public let use: String

    /// The defaults of kubeadm, CRI-O, Podman and flannel, Docker, libvirt, the clouds' metadata and carriers' NAT
    /// (RFC 6598).
    public static let all: [KnownNetwork] = [
        ("10.85.0.0/16", "CRI-O"), ("10.88.0.0/16", "Podman"), ("10.96.0.0/12", "Kubernetes services"),
        ("10.244.0.0/16", "flannel"), ("100.64.0.0/10", "carrier-grade NAT"), ("169.254.0.0/16", "link-local"),
        ("172.17.0.0/16", "Docker"), ("192.168.122.0/24", "libvirt"),
    ].compactMap { text, use in IPPrefix(text).map { KnownNetwork(prefix: $0, use: use) } }
}

extension AddressPool {
    /// The known networks that the pool shares addresses with, in their order.
    public var collisions: [KnownNetwork] {
        KnownNetwork.all.filter { ipv4.contains($0.prefix.address) || $0.prefix.contains(ipv4.address) }
    }
}
