import HTTPTypes
import Hummingbird

extension Router {
    /// Answers 405 wherever a path exists, but not with this method. Call it when every route is there.
    func refuseOtherMethods() {
        let standard: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .connect, .options, .trace, .patch]
        for (path, routes) in Dictionary(grouping: routes, by: \.path.description) {
            let allowed = routes.map(\.method)
            for method in standard where !allowed.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in throw Problem.methodNotAllowed(allowed) }
            }
        }
    }
}
