import Cryptography
import DaemonRuntime
import Glibc
import Model

extension SecretStore {
    /// The pepper, made on the first start, and the one before while it is there.
    ///
    /// - Parameter mayMake: false when what the database holds was hashed with a pepper: then a missing one is lost.
    public func peppers(mayMake: Bool) throws(SecretError) -> Peppers {
        let current = try pepper(mayMake: mayMake)
        guard let found = try secret(.previousPepper) else { return Peppers(current) }
        let previous = try parse(found, .previousPepper)
        guard previous.version != current.version else {
            // Killed between the two steps of a rotation: the pepper before is the present one still.
            return Peppers(current)
        }
        return Peppers(current, previous: previous)
    }

    /// The present pepper.
    public func pepper(mayMake: Bool) throws(SecretError) -> Pepper {
        if let found = try secret(.pepper) { return try parse(found, .pepper) }
        guard mayMake else { throw .lost(path: path(of: .pepper)) }
        return try whileLocked { () throws(SecretError) in
            if let found = try secret(.pepper) { return try parse(found, .pepper) }
            let made = Self.make(version: 1)
            try Self.write(made, to: path(of: .pepper))
            return try parse(made, .pepper)
        }
    }

    /// Makes a new pepper and keeps the present one beside it. The running coordinators must be restarted.
    ///
    /// A kill in between leaves the present pepper in both files, which is as good as none was made.
    ///
    /// - Throws: `.pepperInRotation` while there is a pepper before already.
    public func rotatePepper() throws(SecretError) -> Peppers {
        try whileLocked { () throws(SecretError) in
            guard let text = try Self.read(path(of: .pepper), ownerOnly: true) else {
                throw .lost(path: path(of: .pepper))
            }
            let current = try parse(text, .pepper)
            if let found = try secret(.previousPepper), try parse(found, .previousPepper).version != current.version {
                throw .pepperInRotation(path: path(of: .previousPepper))
            }
            let next = Self.make(version: current.version + 1)
            try Self.write(text, to: path(of: .previousPepper), replacing: true)
            try Self.write(next, to: path(of: .pepper), replacing: true)
            return Peppers(try parse(next, .pepper), previous: current)
        }
    }

    /// Ends the pepper before; false when there is none.
    public func forgetPreviousPepper() throws(SecretError) -> Bool {
        try whileLocked { () throws(SecretError) in
            let path = path(of: .previousPepper)
            if unlink(path) == 0 { return true }
            guard errno == ENOENT else {
                throw .file(.failed(action: "remove", path: path, reason: String(cString: strerror(errno))))
            }
            return false
        }
    }

    private static func make(version: Int16) -> Secret<String> {
        let key = Hexadecimal.encode(RandomBytes.make(32))
        return Secret(version == 1 ? key : "\(version):\(key)")
    }

    /// `VERSION:HEX`; without a version it is the first.
    private func parse(_ text: Secret<String>, _ name: SecretName) throws(SecretError) -> Pepper {
        let parts = text.reveal().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let version = parts.count == 2 ? Int16(parts[0]) : 1
        guard let version, version > 0, let key = parts.last.flatMap({ Hexadecimal.decode(String($0)) }),
            let pepper = Pepper(version: version, key: key)
        else { throw .notAPepper(path: path(of: name)) }
        return pepper
    }
}
