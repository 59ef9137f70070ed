import Hummingbird
import Logging
import NIOCore
import Store

/// What a request to the operators' listener carries along: whose it is, once that is known.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, whose TLS knows the certificate.
    let channel: any Channel
    var `operator`: OperatorRecord?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// - Throws: `Problem.certificateRequired` where no certificate was checked.
    func authenticated() throws -> OperatorRecord {
        guard let `operator` else { throw Problem.certificateRequired }
        return `operator`
    }
}
