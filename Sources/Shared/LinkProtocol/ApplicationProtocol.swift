/// The names that the two uses of the link's port announce by ALPN (RFC 7301).
public enum ApplicationProtocol {
    /// Both sides authenticated: heartbeats up, revisions down.
    public static let link = "holdfast-link/1"
    /// No client certificate: a join token is traded for one.
    public static let enrolment = "holdfast-enroll/1"
}
