import DaemonRuntime
import Glibc

extension StateDirectory {
    /// A daemon of root's would leave files behind that the service's user cannot read.
    func requireOwner() throws(Failure) {
        var facts = stat()
        guard geteuid() == 0, stat(path, &facts) == 0, facts.st_uid != 0 else { return }
        throw Failure(
            .configuration,
            "\(path) belongs to another user than root: let the service run the agent (systemctl start holdfast-agent)"
        )
    }
}
