/// How the command ends: the codes of sysexits.h.
enum ExitCode: Int32, Hashable, Sendable {
    /// EX_OK.
    case success = 0
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: what was given, or what lies on the disk, is wrong.
    case dataFault = 65
    /// EX_NOINPUT: a file or directory to work on is missing.
    case missingInput = 66
    /// EX_NOUSER: no such user.
    case unknownUser = 67
    /// EX_UNAVAILABLE: the station does not answer.
    case unavailable = 69
    /// EX_SOFTWARE: a fault of this program.
    case software = 70
    /// EX_OSERR: the system refused something that it should give.
    case system = 71
    /// EX_CANTCREAT: a file or directory cannot be made.
    case cannotCreate = 73
    /// EX_IOERR: reading or writing failed.
    case inputOutput = 74
    /// EX_TEMPFAIL: it may work later.
    case tryLater = 75
    /// EX_NOPERM: the caller may not do that.
    case noPermission = 77
    /// EX_CONFIG: the configuration is wrong.
    case configuration = 78
}

/// Why a command failed: what to tell, and the code to end with.
struct CommandFailure: Error, Hashable {
    let code: ExitCode
    /// Sentences without a full stop at their end, one a line.
    let messages: [String]

    init(_ code: ExitCode, _ messages: String...) {
        self.init(code, messages: messages)
    }

    init(_ code: ExitCode, messages: [String]) {
        self.code = code
        self.messages = messages
    }
}
