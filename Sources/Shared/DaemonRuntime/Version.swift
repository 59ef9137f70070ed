/// The version of this build, as `version` prints it and the link's `Hello` carries it.
public enum Version {
    public static let current = "0.1.0"
}
