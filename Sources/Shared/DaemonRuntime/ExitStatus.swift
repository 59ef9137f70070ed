/// The exit statuses of both daemons: the values of `sysexits.h` that a service manager or a script can act on.
public enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The command line is wrong (`EX_USAGE`).
    case usage = 64
    /// Input is damaged (`EX_DATAERR`).
    case damagedData = 65
    /// An input file is missing or unreadable (`EX_NOINPUT`).
    case missingInput = 66
    /// Something this program depends on cannot be reached (`EX_UNAVAILABLE`).
    case unavailable = 69
    /// A fault of the program itself (`EX_SOFTWARE`).
    case software = 70
    /// The operating system refused (`EX_OSERR`).
    case operatingSystem = 71
    /// A file cannot be created (`EX_CANTCREAT`).
    case cannotCreate = 73
    /// Reading or writing failed (`EX_IOERR`).
    case inputOutput = 74
    /// Worth trying again (`EX_TEMPFAIL`).
    case temporaryFailure = 75
    /// The other side broke the protocol (`EX_PROTOCOL`).
    case protocolViolation = 76
    /// Not permitted (`EX_NOPERM`).
    case notPermitted = 77
    /// The configuration is wrong (`EX_CONFIG`); restarting will not help.
    case configuration = 78
}
