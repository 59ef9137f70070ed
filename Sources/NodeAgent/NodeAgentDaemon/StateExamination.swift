import Assessment
import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import LinkProtocol
import Model
import PeerTable

/// What `check` finds in the state directory.
struct StateExamination {
    private let directory: StateDirectory
    private let floor_bytes: UInt64

    /// - Parameter floor_bytes: with less room than this, the node takes no new peers.
    init(_ directory: StateDirectory, floor_bytes: UInt64) {
        self.directory = directory
        self.floor_bytes = floor_bytes
    }

    func findings() -> [Finding] {
        guard FileAccess.exists(directory.path), directory.identity.exists else {
            return [
                .failed(
                    "enrolment",
                    "this node is not enrolled (\(directory.path))",
                    remedy: "holdfast-agent enroll --coordinator HOST:PORT --token-file FILE"
                )
            ]
        }
        return [enrolment(), certificate(), wireGuardKey(), table(), disk()]
    }

    private func enrolment() -> Finding {
        do throws(Failure) {
            let record = try directory.nodeRecord()
            return .passed("enrolment", "\(record.name), \(record.nodeID), region \(record.region)")
        } catch {
            return .failed("enrolment", error.message, remedy: Self.remedy(for: error))
        }
    }

    private func certificate() -> Finding {
        do throws(Failure) {
            let identity = try directory.linkIdentity()
            let (notBefore, notAfter) = (identity.certificate.notBefore, identity.certificate.notAfter)
            let days = (notAfter - SystemClock.now()).wholeDays
            guard SystemClock.now() >= notBefore else {
                return .failed("certificate", "good only from \(notBefore) on", remedy: "set this node's clock")
            }
            guard days >= 0 else {
                return .warning(
                    "certificate",
                    "expired at \(notAfter)",
                    remedy: "let the agent reach a coordinator: it renews by itself"
                )
            }
            return .passed("certificate", "\(days) days left (until \(notAfter))")
        } catch {
            return .failed("certificate", error.message, remedy: Self.remedy(for: error))
        }
    }

    private func wireGuardKey() -> Finding {
        do throws(Failure) {
            let key = try directory.wireguardKeyPair().publicKey
            let enrolled = (try? directory.nodeRecord())?.wireguardKey ?? key
            if let flaw = KeyWatch.flaw(of: key, enrolled: enrolled) {
                return .failed("key", flaw, remedy: NodeCondition.Kind.identity.remedy)
            }
            return .passed("key", key.base64)
        } catch {
            return .failed("key", error.message, remedy: Self.remedy(for: error))
        }
    }

    private func table() -> Finding {
        do throws(TableError) {
            let table = try PeerTable.open(directory.tablePath, copyIn: StateDirectory.memoryFolders)
            return .passed("table", "\(table.count) peers at revision \(table.version.revision)")
        } catch {
            switch error {
            case .corrupt, .missing:
                return .failed(
                    "table",
                    error.description,
                    remedy: "stop the agent, then holdfast-agent reset-table --yes; the running tunnels stay"
                )
            case .locked:
                return .warning("table", error.description, remedy: "ask the running agent: holdfast-agent status")
            case .newerSchema: return .failed("table", error.description, remedy: "install the newer agent again")
            case .permission: return .failed("table", error.description, remedy: "mend its owner and mode")
            case .readOnly, .full, .inputOutput:
                return .failed("table", error.description, remedy: "mend the disk, or make room; never reset the table")
            }
        }
    }

    private func disk() -> Finding {
        var status = statvfs()
        guard statvfs(directory.path, &status) == 0 else {
            return .failed("disk", "\(directory.path) cannot be looked at", remedy: "run this as root")
        }
        let isReadOnly = status.f_flag & UInt(ST_RDONLY) != 0
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        guard !isReadOnly else {
            return .failed(
                "disk",
                "\(directory.path) is read-only",
                remedy: "look into the kernel's log, mend it, mount it read-write"
            )
        }
        guard free >= floor_bytes else {
            return .failed(
                "disk",
                "\(free >> 20) MiB free at \(directory.path)",
                remedy: "make room: no change can be stored on a full disk"
            )
        }
        return .passed("disk", "\(free >> 20) MiB free")
    }

    private static func remedy(for failure: Failure) -> String {
        switch failure.status {
        case .missingInput: "enrol this node again with --force"
        case .notPermitted: "run this as root"
        default: "mend what it says; with a lost key or certificate, enrol again with --force"
        }
    }
}
