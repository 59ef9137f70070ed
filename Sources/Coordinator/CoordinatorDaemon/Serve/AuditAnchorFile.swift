import DaemonRuntime
import Glibc
import Model
import Store

/// The file where this coordinator keeps the heads of the audit log, out of the database's reach.
struct AuditAnchorFile: Sendable {
    private static let limit_bytes = 256 << 10

    let path: String

    init(_ settings: CoordinatorSettings) {
        let path = settings[Declared.auditAnchorFile]
        self.path = path.isEmpty ? "\(settings.dataDirectory)/audit-anchors" : path
    }

    /// How the database knows this file: by its host too.
    var place: String {
        var name = utsname()
        guard uname(&name) == 0 else { return path }
        let host = withUnsafeBytes(of: &name.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return PrintableText.line("\(host):\(path)", charactersMax: 500)
    }

    func read() -> AuditAnchorReading {
        do throws(DurableFileError) {
            let bytes = try DurableFile.read(path, limit_bytes: Self.limit_bytes)
            guard let anchors = AuditAnchors(text: String(decoding: bytes, as: UTF8.self)) else {
                return .unreadable(path: path, reason: "it is not what the coordinator wrote")
            }
            return .found(anchors)
        } catch .missing {
            return .missing(path: path)
        } catch {
            return .unreadable(path: path, reason: "\(error)")
        }
    }

    func write(_ anchors: AuditAnchors) throws(DurableFileError) {
        try DurableFile.write(Array(anchors.text.utf8), to: path)
    }
}
