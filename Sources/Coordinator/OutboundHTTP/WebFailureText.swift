/// What a library says of a request that failed, without the places in its sources: the paths of the machine that built it
/// help nobody who reads a log.
public enum WebFailureText {
    public static func text(_ error: any Error) -> String { withoutSources("\(error)") }

    /// Takes out ` at /PATH/FILE:LINE`.
    static func withoutSources(_ text: String) -> String { text.replacing(/\ at \/[^\s\])]*:\d+/, with: "") }
}
