import DaemonRuntime

/// What keeps the coordinator, or a command of it, from working; each text is one sentence with the remedy.
enum StartFailure: Error, Hashable, Sendable {
    case dataDirectory(path: String, reason: String)
    /// `database.url` is not understood by libpq.
    case databaseURL
    case databaseUnreachable(setting: String, reason: String)
    /// Nothing answers at the embedded database's socket.
    case coordinatorNotRunning(dataDirectory: String)
    case schema(String)
    case authority(path: String, reason: String)
    case webhookSecret(String)
    case serviceAccount(path: String, reason: String)
    case appleRoot(path: String, reason: String)
    case appStoreKey(path: String, reason: String)
    case cannotListen(setting: String, address: String, reason: String)
    case noAuthority(path: String)
    case unknownNode(String)
    /// The provider's webhook could not know us.
    case providerKey(path: String)
    /// The object store could not know us.
    case storageKey(path: String)
    case unknownOperator(String)
    /// Tokens that are still under the pepper that is to end.
    case pepperInUse(tokens: Int)
    /// An operation was not begun.
    case operation(String)

    var status: ExitStatus {
        switch self {
        case .databaseUnreachable, .coordinatorNotRunning: .unavailable
        // Whoever has the port may leave it, and an address may come: systemd tries again.
        case .cannotListen: .temporaryFailure
        case .unknownNode, .operation: .damagedData
        default: .configuration
        }
    }
}

extension StartFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .dataDirectory(let path, let reason):
            "setting `data_dir`: cannot make \(path): \(reason); create it for this user, or choose another with --data-dir"
        case .databaseURL:
            "setting `database.url` is not a connection URL that libpq understands, such as postgresql://host/database"
        case .databaseUnreachable(let setting, let reason):
            "the database of \(setting) cannot be reached (\(reason)); see that it runs and lets the coordinator in"
        case .coordinatorNotRunning(let directory):
            "no coordinator runs on \(directory); start `holdfast-coordinator serve` first, or name its --data-dir"
        case .schema(let reason): reason
        case .authority(let path, let reason):
            "\(path): \(reason); restore ca.key and ca.crt from a backup"
        case .serviceAccount(let path, let reason):
            "\(path): \(reason); download a JSON key of the service account that may see financial data in the Play Console"
        case .appleRoot(let path, let reason):
            "setting `apple.root`: \(path): \(reason); download Apple Root CA - G3 from www.apple.com/certificateauthority"
        case .appStoreKey(let path, let reason):
            "\(path): \(reason); it is the .p8 file of an In-App Purchase key, and needs apple.key_id and apple.issuer_id"
        case .webhookSecret(let reason): "secret stripe-webhook-secret: \(reason)"
        case .cannotListen(let setting, let address, let reason):
            "setting `\(setting)`: cannot listen on \(address): \(reason); free the port or choose another address"
        case .noAuthority(let path):
            "\(path): there is no certificate authority yet; start `holdfast-coordinator serve` once"
        case .operation(let reason): reason
        case .unknownOperator(let name):
            "no certificate of an operator \(name) is good; see `holdfast-coordinator operator list`"
        case .pepperInUse(let tokens):
            "\(tokens) tokens are left under the pepper that is not in use, and their owners would have to claim again; "
                + "wait until they were used, or give --force"
        case .providerKey(let path):
            "\(path) is missing: write the key there by which the provider knows the coordinator's requests"
        case .storageKey(let path):
            "\(path) is missing: write the object store's key there, or leave storage.endpoint empty"
        case .unknownNode(let name): "there is no node \(name); see `holdfast-coordinator node list`"
        }
    }
}
