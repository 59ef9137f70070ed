import FoundationEssentials
import Model

/// What a provider said to a request.
public enum ProviderAnswer: Hashable, Sendable {
    /// A node is being made; its enrolment alone proves it.
    case accepted(reference: String?)
    /// Not now.
    case later(after: Duration?)
    /// For people; bounded, and without the request's secrets.
    case failed(String)

    static let tooLate = Self.failed("no answer within its time")
    static let stopped = Self.failed("the coordinator stopped meanwhile")

    /// The most that is read of an answer.
    static let byteCountMax = 64 << 10
    private static let textLengthMax = 200
    private static let laterMax: Duration = .seconds(3600)

    private struct Document: Decodable {
        let reference: String?
        let retry_after_s: Int?
    }

    /// - Parameter bytes: `{"reference": …}` or `{"retry_after_s": n}`; empty stands for an acceptance without a name.
    static func parse(_ bytes: [UInt8]) -> ProviderAnswer {
        guard bytes.count < byteCountMax else { return .failed("the answer is larger than \(byteCountMax) bytes") }
        guard bytes.contains(where: { $0 > 0x20 }) else { return .accepted(reference: nil) }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            return .failed("the answer is not the JSON that is expected")
        }
        if let seconds = document.retry_after_s {
            return .later(after: min(max(.seconds(seconds), .seconds(1)), laterMax))
        }
        return .accepted(reference: document.reference.map { printable($0) })
    }

    /// Somebody else's words, fit for a column and a terminal; none that may hold a join token.
    static func printable(_ text: some StringProtocol) -> String {
        guard !text.contains("hfj1.") else { return "(words with a secret)" }
        return PrintableText.line(text, charactersMax: textLengthMax)
    }
}
