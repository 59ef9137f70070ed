import Model
import Synchronization
import X509

/// One check of a chain: asks the responders that its certificates name, and notes how that went.
final class OCSPExchange: OCSPRequester {
    private struct Silence: Error {}

    private struct Notes: Sendable {
        var hasFailed = false
        var goodUntil: Timestamp?
    }

    private let service: OCSPService
    private let notes = Mutex(Notes())

    init(_ service: OCSPService) {
        self.service = service
    }

    /// Whether a responder was silent.
    var hasFailed: Bool { notes.withLock { $0.hasFailed } }

    /// When the first of the answers is to be asked for again; nil when there was none that says.
    var goodUntil: Timestamp? { notes.withLock { $0.goodUntil } }

    func query(request: [UInt8], uri: String) async -> OCSPRequesterQueryResult {
        guard let answer = await service.ask(uri, request) else {
            notes.withLock { $0.hasFailed = true }
            // Not a non-terminal one, which would count as good.
            return .terminalError(Silence())
        }
        if let next = OCSPNextUpdate.read(answer) {
            notes.withLock { notes in notes.goodUntil = notes.goodUntil.map { min($0, next) } ?? next }
        }
        return .response(answer)
    }
}
