import DaemonRuntime

/// Where the audit log's head is kept, so that a log that was cut or written anew is seen.
extension Declared {
    static let auditAnchorFile = Setting(
        "audit.anchor_file",
        .string,
        default: "",
        help: """
            Where the newest heads of the audit log's chain are kept. Empty: the file audit-anchors in data_dir. Who may write
            to the database should not be able to write here; each coordinator has a file of its own.
            """
    )
    static let auditAnchorInterval = Setting(
        "audit.anchor_interval_s",
        .seconds(in: 1...86_400),
        default: .seconds(60),
        help: "How often the head is kept, and compared with the one before: what is cut off within it may go unseen."
    )
    static let auditAnchorLog = Setting(
        "audit.anchor_log",
        .boolean,
        default: true,
        help:
            "Whether the head is written to the log too, which the journal or a log host keeps out of everybody's reach."
    )
}
