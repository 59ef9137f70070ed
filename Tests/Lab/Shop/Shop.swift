import Cryptography
import Foundation
import LabSupport
import Model

/// What the package's tests (Tests/Lab/Package, Tests/Lab/VirtualMachine) need of the world around a node, for a script to
/// call:
///
///     holdfast-lab-shop settings DATA_DIRECTORY ADDRESS FILE   writes the settings of a coordinator at ADDRESS
///     holdfast-lab-shop sell ADDRESS REGION NAMESPACE          sells a subscription, and builds the customer's tunnel
///     holdfast-lab-shop buy ADDRESS REGION                     sells one, and prints what its device keeps
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
        case ("buy", 3): try buy(address: arguments[1], region: arguments[2])
        default:
            throw LabFailure(
                "usage: settings DATA_DIRECTORY ADDRESS FILE | sell ADDRESS REGION NAMESPACE | buy ADDRESS REGION"
            )
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

    /// The wg-quick text with the device's private key in it.
    private static func buy(address: String, region: String) throws {
        let api = APIClient(host: address, port: 8080)
        try api.waitForRegion(region)
        let customer = try Customer.subscribe(api, tier: .basic)
        let peer = try customer.makePeer(region: region)
        for line in try customer.configuration(of: peer).split(whereSeparator: \.isNewline) {
            if !line.drop(while: { "# ".contains($0) }).hasPrefix("PrivateKey") { print(line) }
            if line == "[Interface]" { print("PrivateKey = \(Base64.encode(peer.keys.privateKey.reveal()))") }
        }
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
