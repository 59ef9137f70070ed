import Glibc

/// Which file has the settings.
struct SettingsFile: Hashable, Sendable {
    /// Where the package puts it.
    static let packaged = "/etc/holdfast/coordinator.toml"

    /// Nil where there is none.
    let path: String?
    /// Nobody named it: it is said which one it is.
    let isFound: Bool

    /// - Parameter exists: whether there is such a file.
    init(named: String?, exists: (String) -> Bool = { access($0, F_OK) == 0 }) {
        isFound = named == nil && exists(Self.packaged)
        path = named ?? (isFound ? Self.packaged : nil)
    }

    /// Whether others than its owner and its group may read it.
    var isReadableByAll: Bool {
        guard let path else { return false }
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & 0o004 != 0
    }
}
