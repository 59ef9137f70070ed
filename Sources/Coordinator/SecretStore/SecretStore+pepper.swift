import Cryptography
import Model

/// The pepper's file has a line for each pepper, `VERSION:HEX`, or `HEX` alone for the first version. New hashes get the
/// first one; a second verifies as well. It is replaced as a whole, so that a kill leaves the old text or the new one.
extension SecretStore {
    /// - Parameter mayMake: false when what the database holds was hashed with a pepper: then a missing one is lost.
    public func peppers(mayMake: Bool) throws(SecretError) -> Peppers {
        if let found = try secret(.pepper) { return try parse(found).peppers }
        guard mayMake else { throw .lost(path: path(of: .pepper)) }
        return try whileLocked { () throws(SecretError) in
            if let found = try secret(.pepper) { return try parse(found).peppers }
            let made = Secret(Hexadecimal.encode(RandomBytes.make(32)))
            try Self.write(made, to: path(of: .pepper))
            return try parse(made).peppers
        }
    }

    /// The one that new hashes get.
    public func pepper(mayMake: Bool) throws(SecretError) -> Pepper { try peppers(mayMake: mayMake).current }

    /// Adds a new pepper, which verifies and is not yet in use: no coordinator may meet a hash of a pepper that it lacks.
    ///
    /// - Throws: `.pepperInRotation` while there are two already.
    public func preparePepper() throws(SecretError) -> Peppers {
        try change { lines throws(SecretError) in
            let peppers = try parse(lines)
            guard peppers.other == nil else { throw .pepperInRotation(path: path(of: .pepper)) }
            return lines + ["\(peppers.current.version + 1):\(Hexadecimal.encode(RandomBytes.make(32)))"]
        }
    }

    /// Takes the other pepper into use; the present one verifies still.
    ///
    /// - Throws: `.noOtherPepper`.
    public func switchPepper() throws(SecretError) -> Peppers {
        try change { lines throws(SecretError) in
            guard lines.count == 2 else { throw .noOtherPepper(path: path(of: .pepper)) }
            return lines.reversed()
        }
    }

    /// Ends the pepper that is not in use.
    ///
    /// - Throws: `.noOtherPepper`.
    public func forgetOtherPepper() throws(SecretError) -> Peppers {
        try change { lines throws(SecretError) in
            guard lines.count == 2 else { throw .noOtherPepper(path: path(of: .pepper)) }
            return [lines[0]]
        }
    }

    private func change(
        _ body: ([String]) throws(SecretError) -> [String]
    ) throws(SecretError) -> Peppers {
        try whileLocked { () throws(SecretError) in
            guard let text = try Self.read(path(of: .pepper), ownerOnly: true) else {
                throw .lost(path: path(of: .pepper))
            }
            let changed = try body(try parse(text).lines)
            try Self.write(Secret(changed.joined(separator: "\n")), to: path(of: .pepper), replacing: true)
            return try parse(changed)
        }
    }

    private func parse(_ text: Secret<String>) throws(SecretError) -> (lines: [String], peppers: Peppers) {
        let lines = text.reveal().split(whereSeparator: \.isNewline).map(String.init)
        return (lines, try parse(lines))
    }

    private func parse(_ lines: [String]) throws(SecretError) -> Peppers {
        let peppers = lines.map { line -> Pepper? in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let version = parts.count == 2 ? Int16(parts[0]) : 1
            guard let version, version > 0, let key = parts.last.flatMap({ Hexadecimal.decode($0) }) else { return nil }
            return Pepper(version: version, key: key)
        }
        guard (1...2).contains(peppers.count), let current = peppers[0] else {
            throw .notAPepper(path: path(of: .pepper))
        }
        guard peppers.count == 2 else { return Peppers(current) }
        guard let other = peppers[1], other.version != current.version else {
            throw .notAPepper(path: path(of: .pepper))
        }
        return Peppers(current, other: other)
    }
}
