/// The code a command exits with, from sysexits.h.
enum ExitCode: Int32, Hashable, Sendable {
    /// EX_OK.
    case success = 0
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: the input, or the data on disk, is wrong.
    case dataFault = 65
    /// EX_NOINPUT: a file or directory to work on is missing.
    case missingInput = 66
    /// EX_NOUSER: no such user.
    case unknownUser = 67
    /// EX_UNAVAILABLE: the station does not answer.
    case unavailable = 69
    /// EX_SOFTWARE: a fault of this program.
    case software = 70
    /// EX_OSERR: a system call failed that should not.
    case system = 71
    /// EX_CANTCREAT: a file or directory cannot be created.
    case cannotCreate = 73
    /// EX_IOERR: reading or writing failed.
    case inputOutput = 74
    /// EX_TEMPFAIL: try again later.
    case tryLater = 75
    /// EX_NOPERM: the caller lacks the permission.
    case noPermission = 77
    /// EX_CONFIG: the configuration is wrong.
    case configuration = 78
}

/// Why a command failed: what to say and the code to exit with.
struct CommandFailure: Error, Hashable {
    let code: ExitCode
    /// One message a line, without a full stop.
    let messages: [String]

    init(_ code: ExitCode, _ messages: String...) {
        self.init(code, messages: messages)
    }

    init(_ code: ExitCode, messages: [String]) {
        self.code = code
        self.messages = messages
    }
}
