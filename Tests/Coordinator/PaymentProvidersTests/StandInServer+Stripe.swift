import NIOHTTP1
import StandInServer

/// What Stripe looks at: itself it cannot run here.
extension StandInServer.Request {
    var authorization: String? { headers.first(name: "Authorization") }
    var idempotencyKey: String? { headers.first(name: "Idempotency-Key") }
}
