import Cryptography
import Model

/// The audit log's head as it was at a moment, kept where whoever may write to the database may not: who has it misses
/// what is cut off or written anew.
public struct AuditAnchor: Hashable, Sendable {
    public let at: Timestamp
    public let position: Int64
    public let hash: [UInt8]
    /// Of the key that `code` is made with.
    public let keyVersion: Int16
    let code: [UInt8]

    public init(at: Timestamp, position: Int64, hash: [UInt8], key: AuditKey) {
        self.at = at
        self.position = position
        self.hash = hash
        keyVersion = key.version
        code = Self.code(at: at, position: position, hash: hash, key: key)
    }

    /// `TIME position=N hash=HEX key=VERSION code=HEX`.
    public var line: String {
        "\(at) position=\(position) hash=\(Hexadecimal.encode(hash)) key=\(keyVersion) code=\(Hexadecimal.encode(code))"
    }

    /// Nil when it is no such line.
    public init?(line: some StringProtocol) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let at = Timestamp(String(words[0])),
            let position = Self.value(words[1], "position").flatMap({ Int64($0) }), position >= 0,
            let hash = Self.value(words[2], "hash").flatMap({ Hexadecimal.decode($0) }), hash.count == 32,
            let version = Self.value(words[3], "key").flatMap({ Int16($0) }),
            let code = Self.value(words[4], "code").flatMap({ Hexadecimal.decode($0) }), code.count == 32
        else { return nil }
        self.at = at
        self.position = position
        self.hash = hash
        keyVersion = version
        self.code = code
    }

    /// False for one that somebody without the key has made or changed.
    func isGenuine(_ keys: AuditKeys) -> Bool {
        guard let key = keys.all[keyVersion] else { return false }
        return ConstantTime.areEqual(code, Self.code(at: at, position: position, hash: hash, key: key))
    }

    private static func value(_ word: some StringProtocol, _ name: String) -> String? {
        word.hasPrefix("\(name)=") ? String(word.dropFirst(name.count + 1)) : nil
    }

    private static func code(at: Timestamp, position: Int64, hash: [UInt8], key: AuditKey) -> [UInt8] {
        let message = AuditChain.bigEndian(at.microseconds) + AuditChain.bigEndian(position) + hash
        return key.code(over: message, context: "holdfast audit anchor")
    }
}
