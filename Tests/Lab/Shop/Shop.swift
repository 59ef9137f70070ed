import Foundation
import LabSupport

/// What the package's test (Tests/Lab/Package) needs of the world around a node, for a shell script to call:
///
///     holdfast-lab-shop settings DATA_DIRECTORY ADDRESS FILE   writes the settings of a coordinator at ADDRESS
///     holdfast-lab-shop sell ADDRESS REGION NAMESPACE          sells a subscription, and builds the customer's tunnel
@main
struct Shop {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("holdfast-lab-shop: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        switch (arguments.first, arguments.count) {
        case ("settings", 4): try writeSettings(directory: arguments[1], address: arguments[2], path: arguments[3])
        case ("sell", 4): try sell(address: arguments[1], region: arguments[2], namespace: arguments[3])
        default: throw LabFailure("usage: settings DATA_DIRECTORY ADDRESS FILE | sell ADDRESS REGION NAMESPACE")
        }
    }

    private static func writeSettings(directory: String, address: String, path: String) throws {
        let configuration = CoordinatorConfiguration(
            dataDirectory: directory,
            api: "\(address):8080",
            ops: "\(address):9090",
            link: "\(address):7443"
        )
        try configuration.write(to: path, webhookSecret: CoordinatorProcess.webhookSecret)
    }

    private static func sell(address: String, region: String, namespace: String) throws {
        let api = APIClient(host: address, port: 8080)
        try api.waitForRegion(region)
        let customer = try Customer.subscribe(api, tier: .basic)
        let peer = try customer.makePeer(region: region)
        _ = try WireGuardClient(
            host: Host(namespace: namespace),
            configuration: try customer.configuration(of: peer),
            keys: peer.keys
        )
        print(peer.publicKey)
    }
}
