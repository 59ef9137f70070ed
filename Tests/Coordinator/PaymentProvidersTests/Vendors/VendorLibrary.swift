import Foundation
import LabSupport

/// A store's own library, in Python: what it signs we have to take, and what it refuses nobody may get past us with.
enum VendorLibrary: String {
    case stripe = "stripe_library.py"
    case appStore = "app_store_library.py"
    case google = "google_library.py"

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts").path

    /// - Returns: the script's answer to `question`, both JSON.
    func answer<Answer: Decodable & Sendable>(
        _ question: some Encodable & Sendable,
        as kind: Answer.Type = Answer.self
    ) async throws -> Answer {
        let input = String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
        let script = "\(Self.folder)/\(rawValue)"
        let output = try await onOwnThread {
            let python = try Command(["\(Self.folder)/prepare"]).run()
            return try Command([python, script], input: input).run()
        }
        return try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
    }
}
