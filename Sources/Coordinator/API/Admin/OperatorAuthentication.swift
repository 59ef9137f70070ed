import CertificateAuthority
import DaemonRuntime
import Hummingbird
import NIOCore
import NIOSSL
import Newcomers
import Store

/// Finds out whose request it is by the connection's certificate. The database is asked each time, so that a revocation
/// counts at once, also for a connection that stands.
struct OperatorAuthentication: RouterMiddleware {
    let services: AdminServices

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        guard let certificate = try? await context.channel.nioSSL_peerCertificate().get() else {
            throw Problem.certificateRequired
        }
        let presented: PresentedOperator
        do {
            presented = try await services.authority.verify(
                operator: try certificate.toDERBytes(),
                now: SystemClock.now()
            )
        } catch is CertificateRefusal {
            throw Problem.certificateRefused
        }
        guard presented.isCurrent else { throw Problem.certificateExpired }
        guard let record = try await services.store.operatorCertificate(serial: presented.serial),
            record.name == presented.name, record.revokedAt == nil
        else { throw Problem.certificateRevoked }
        try? await context.channel.eventLoop.submit { [channel = context.channel] in
            try channel.pipeline.syncOperations.handler(type: NewcomerBudget.self).ticket.release()
        }.get()
        var context = context
        context.operator = record
        return try await next(request, context)
    }
}
