/// Why a service gave no answer.
public enum WebServiceError: Error, Hashable, Sendable {
    /// The end of the answer did not come within its time.
    case late
    /// It is larger than whoever asked will read.
    case large
    /// Whoever asked was told to stop meanwhile.
    case stopped
    /// For people: a name that does not resolve, a refused connection, a certificate that is not trusted.
    case unreachable(String)
}
