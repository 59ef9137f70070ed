import Cryptography
import Model

/// The audit key's file has a line for each key, `VERSION:HEX`: the first one seals, the others verify. A line
/// `after POSITION:HASH` says how far the log was sealed without a key when the first one was made.
extension SecretStore {
    /// - Parameters:
    ///   - mayMake: false when the log is sealed by a key already: then a missing one is lost.
    ///   - unkeyedPart: for a new one: where the chain stands.
    public func auditKeys(mayMake: Bool, unkeyedPart: AuditKeys.Mark?) throws(SecretError) -> AuditKeys {
        if let found = try secret(.auditKey) { return try parse(found).keys }
        guard mayMake else { throw .auditKeyLost(path: path(of: .auditKey)) }
        return try whileLocked { () throws(SecretError) in
            if let found = try secret(.auditKey) { return try parse(found).keys }
            var lines = ["1:\(Hexadecimal.encode(RandomBytes.make(32)))"]
            if let unkeyedPart {
                lines.append("after \(unkeyedPart.position):\(Hexadecimal.encode(unkeyedPart.hash))")
            }
            let made = Secret(lines.joined(separator: "\n"))
            try Self.write(made, to: path(of: .auditKey))
            return try parse(made).keys
        }
    }

    /// Adds a new key, which verifies and does not seal yet: no coordinator may meet a seal of a key that it lacks.
    public func prepareAuditKey() throws(SecretError) -> AuditKeys {
        try changeAuditKeys { lines, keys throws(SecretError) in
            guard keys.all.count < AuditKeys.countMax, let newest = keys.all.keys.max(), newest == keys.current.version
            else { throw .auditKeyInRotation(path: path(of: .auditKey)) }
            return lines + ["\(newest + 1):\(Hexadecimal.encode(RandomBytes.make(32)))"]
        }
    }

    /// Lets the newest key seal. The others stay: what they sealed is verified for ever.
    public func switchAuditKey() throws(SecretError) -> AuditKeys {
        try changeAuditKeys { lines, keys throws(SecretError) in
            guard let newest = keys.all.keys.max(), newest != keys.current.version else {
                throw .noOtherAuditKey(path: path(of: .auditKey))
            }
            let first = lines.filter { $0.hasPrefix("\(newest):") }
            return first + lines.filter { !$0.hasPrefix("\(newest):") }
        }
    }

    private func changeAuditKeys(
        _ body: ([String], AuditKeys) throws(SecretError) -> [String]
    ) throws(SecretError) -> AuditKeys {
        try whileLocked { () throws(SecretError) in
            guard let text = try Self.read(path(of: .auditKey), ownerOnly: true) else {
                throw .auditKeyLost(path: path(of: .auditKey))
            }
            let present = try parse(text)
            let changed = Secret(try body(present.lines, present.keys).joined(separator: "\n"))
            let keys = try parse(changed).keys
            try Self.write(changed, to: path(of: .auditKey), replacing: true)
            return keys
        }
    }

    private func parse(_ text: Secret<String>) throws(SecretError) -> (lines: [String], keys: AuditKeys) {
        let lines = text.reveal().split(whereSeparator: \.isNewline).map(String.init)
        var keys: [AuditKey] = []
        var marks: [AuditKeys.Mark] = []
        for line in lines {
            let isMark = line.hasPrefix("after ")
            let parts = line.dropFirst(isMark ? 6 : 0).split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int64(parts[0]), let bytes = Hexadecimal.decode(parts[1]) else {
                throw .notAnAuditKey(path: path(of: .auditKey))
            }
            if isMark, number > 0, bytes.count == 32 {
                marks.append(AuditKeys.Mark(position: number, hash: bytes))
            } else if !isMark, let version = Int16(exactly: number), let key = AuditKey(version: version, key: bytes) {
                keys.append(key)
            } else {
                throw .notAnAuditKey(path: path(of: .auditKey))
            }
        }
        guard marks.count < 2, let all = AuditKeys(keys, unkeyedPart: marks.first) else {
            throw .notAnAuditKey(path: path(of: .auditKey))
        }
        return (lines, all)
    }
}
