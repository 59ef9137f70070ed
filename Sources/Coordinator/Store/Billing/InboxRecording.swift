/// What became of an event that was to be recorded.
public enum InboxRecording: Hashable, Sendable {
    case new
    case duplicate
}
