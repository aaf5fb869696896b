/// A failed call on the disk: the operation, the path and the system's error number.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call that failed.
    public let operation: DiskOperation
    /// The path relative to the data directory; empty for the directory itself.
    public let path: String
    /// The system's reason.
    public let number: ErrorNumber

    /// Creates the error of one failed call.
    public init(_ operation: DiskOperation, path: String, number: ErrorNumber) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    /// A clause for an operator: `cannot write journal/next: No space left on device`.
    public var description: String {
        "cannot \(operation.rawValue) \(path.isEmpty ? "the data directory" : path): \(number)"
    }
}

/// The calls of `Disk`. The raw values are the words of error messages.
public enum DiskOperation: String, Hashable, Sendable, CaseIterable {
    case lock
    case makeDirectory = "make directory"
    case list
    case open
    case create
    case size = "find the size of"
    case read
    case write
    case allocate
    case truncate
    case synchronize
    case synchronizeDirectory = "synchronize directory"
    case rename
    case unlink = "remove"
    case freeBytes = "find the free space of"
}

/// An error number (`errno`) with Linux's values. The named ones are those that portable code tells apart or words.
public struct ErrorNumber: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    public let rawValue: Int32

    /// Creates an error number from a value of `errno`, which need not be one of those named here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// `EPERM`.
    public static let notPermitted = ErrorNumber(rawValue: 1)
    /// `ENOENT`.
    public static let noSuchFile = ErrorNumber(rawValue: 2)
    /// `EINTR`.
    public static let interrupted = ErrorNumber(rawValue: 4)
    /// `EIO`.
    public static let inputOutput = ErrorNumber(rawValue: 5)
    /// `ENXIO`.
    public static let noSuchDevice = ErrorNumber(rawValue: 6)
    /// `ENOMEM`.
    public static let noMemory = ErrorNumber(rawValue: 12)
    /// `EACCES`.
    public static let accessDenied = ErrorNumber(rawValue: 13)
    /// `EEXIST`.
    public static let fileExists = ErrorNumber(rawValue: 17)
    /// `ENOTDIR`.
    public static let notADirectory = ErrorNumber(rawValue: 20)
    /// `EISDIR`.
    public static let isADirectory = ErrorNumber(rawValue: 21)
    /// `ENFILE`.
    public static let tooManyFilesInSystem = ErrorNumber(rawValue: 23)
    /// `EMFILE`.
    public static let tooManyOpenFiles = ErrorNumber(rawValue: 24)
    /// `EFBIG`.
    public static let fileTooLarge = ErrorNumber(rawValue: 27)
    /// `ENOSPC`.
    public static let noSpace = ErrorNumber(rawValue: 28)
    /// `ESPIPE`.
    public static let illegalSeek = ErrorNumber(rawValue: 29)
    /// `EROFS`.
    public static let readOnlyFileSystem = ErrorNumber(rawValue: 30)
    /// `ENOLCK`.
    public static let noLocks = ErrorNumber(rawValue: 37)
    /// `ELOOP`, which `open` returns for a symbolic link that it must not follow.
    public static let tooManyLinks = ErrorNumber(rawValue: 40)
    /// `EDQUOT`.
    public static let quotaExceeded = ErrorNumber(rawValue: 122)

    /// Whether there is no room: on the device, in the quota, or within the limit on a file's size.
    public var isLackOfSpace: Bool { self == .noSpace || self == .quotaExceeded || self == .fileTooLarge }

    /// Whether the fault lies in this one file, which is unreadable, too long or not a file at all, rather than in the
    /// disk or this process. Such a file can be kept aside.
    public var isFaultOfTheFile: Bool {
        switch self {
        case .inputOutput, .noSuchDevice, .isADirectory, .fileTooLarge, .illegalSeek, .tooManyLinks: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .notPermitted: "Operation not permitted"
        case .noSuchFile: "No such file or directory"
        case .interrupted: "Interrupted system call"
        case .inputOutput: "Input/output error"
        case .noSuchDevice: "No such device or address"
        case .noMemory: "Cannot allocate memory"
        case .accessDenied: "Permission denied"
        case .fileExists: "File exists"
        case .notADirectory: "Not a directory"
        case .isADirectory: "Is a directory"
        case .tooManyFilesInSystem: "Too many open files in system"
        case .tooManyOpenFiles: "Too many open files"
        case .fileTooLarge: "File too large"
        case .noSpace: "No space left on device"
        case .illegalSeek: "Illegal seek"
        case .readOnlyFileSystem: "Read-only file system"
        case .noLocks: "No locks available"
        case .tooManyLinks: "Symbolic link refused"
        case .quotaExceeded: "Disk quota exceeded"
        default: "error \(rawValue)"
        }
    }
}
