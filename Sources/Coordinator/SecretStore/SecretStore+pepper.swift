import Cryptography
import Model

extension SecretStore {
    /// The pepper, made on the first start.
    ///
    /// - Parameter mayMake: false when what the database holds was hashed with a pepper: then a missing one is lost.
    public func pepper(mayMake: Bool) throws(SecretError) -> Pepper {
        if let found = try secret(.pepper) { return try parse(found) }
        guard mayMake else { throw .lost(path: path(of: .pepper)) }
        return try whileLocked { () throws(SecretError) in
            if let found = try secret(.pepper) { return try parse(found) }
            let made = Secret(Hexadecimal.encode(RandomBytes.make(32)))
            try Self.write(made, to: path(of: .pepper))
            return try parse(made)
        }
    }

    private func parse(_ text: Secret<String>) throws(SecretError) -> Pepper {
        guard let key = Hexadecimal.decode(text.reveal()), let pepper = Pepper(version: 1, key: key) else {
            throw .notAPepper(path: path(of: .pepper))
        }
        return pepper
    }
}
