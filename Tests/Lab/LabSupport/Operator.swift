import Foundation

/// Who types `holdfast`.
public struct Operator: Sendable {
    let profile: String

    /// - Throws: ``LabFailure`` unless the command ends with status 0.
    @discardableResult
    public func run(_ arguments: String...) throws -> String {
        try Host.own.run([Binaries.operatorCLI] + arguments + ["--profile", profile])
    }

    /// What a command says to programs.
    public func ask(_ arguments: String...) throws -> [String: Any] {
        let text = try Host.own.run([Binaries.operatorCLI] + arguments + ["--profile", profile, "--output", "json"])
        let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        return try unwrap(value as? [String: Any], "not a JSON object: \(text.prefix(300))")
    }
}
