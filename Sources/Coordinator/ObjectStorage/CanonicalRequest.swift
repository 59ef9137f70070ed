/// A request in the one spelling that its signature is made over (AWS General Reference, "Create a signed AWS API
/// request", step 1).
struct CanonicalRequest: Hashable, Sendable {
    /// In place of the body's hash, where the body is not known yet.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    let method: String
    /// Not encoded, beginning with a slash.
    let path: String
    /// Not encoded, in any order.
    let query: [(name: String, value: String)]
    /// In any order and spelling; `host` is among them.
    let headers: [(name: String, value: String)]
    /// In hexadecimal digits.
    let payloadHash: String

    var text: String {
        [
            method, URIEncoding.encode(path, keepingSlashes: true), Self.canonical(query),
            canonicalHeaders.map { "\($0.name):\($0.value)\n" }.joined(), signedHeaders, payloadHash,
        ].joined(separator: "\n")
    }

    /// The names of the headers that the signature covers.
    var signedHeaders: String { canonicalHeaders.map(\.name).joined(separator: ";") }

    /// The query as it is sent too: encoded, by name and then by value.
    static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { (name: URIEncoding.encode($0.name), value: URIEncoding.encode($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private var canonicalHeaders: [(name: String, value: String)] {
        headers.map { (name: $0.name.lowercased(), value: Self.squeezed($0.value)) }.sorted { $0.name < $1.name }
    }

    /// Without spaces at the ends, and with one where there are several.
    private static func squeezed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}
