/// A call on the disk that failed: what was tried, on which path, and the system's error number.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    public let operation: DiskOperation
    /// Relative to the data directory; empty for the directory itself.
    public let path: String
    public let number: ErrorNumber

    public init(_ operation: DiskOperation, path: String, number: ErrorNumber) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    /// A sentence part for people: `cannot write journal/next: No space left on device`.
    public var description: String {
        "cannot \(operation.rawValue) \(path.isEmpty ? "the data directory" : path): \(number)"
    }
}

/// The calls of `Disk`, named as an error message names them.
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

/// An error number (`errno`) with Linux's values, so that this module can tell the few that it must.
public struct ErrorNumber: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let notPermitted = ErrorNumber(rawValue: 1)
    public static let noSuchFile = ErrorNumber(rawValue: 2)
    public static let interrupted = ErrorNumber(rawValue: 4)
    public static let inputOutput = ErrorNumber(rawValue: 5)
    public static let noSuchDevice = ErrorNumber(rawValue: 6)
    public static let noMemory = ErrorNumber(rawValue: 12)
    public static let accessDenied = ErrorNumber(rawValue: 13)
    public static let fileExists = ErrorNumber(rawValue: 17)
    public static let notADirectory = ErrorNumber(rawValue: 20)
    public static let isADirectory = ErrorNumber(rawValue: 21)
    public static let tooManyFilesInSystem = ErrorNumber(rawValue: 23)
    public static let tooManyOpenFiles = ErrorNumber(rawValue: 24)
    public static let fileTooLarge = ErrorNumber(rawValue: 27)
    public static let noSpace = ErrorNumber(rawValue: 28)
    public static let illegalSeek = ErrorNumber(rawValue: 29)
    public static let readOnlyFileSystem = ErrorNumber(rawValue: 30)
    public static let noLocks = ErrorNumber(rawValue: 37)
    public static let tooManyLinks = ErrorNumber(rawValue: 40)
    public static let quotaExceeded = ErrorNumber(rawValue: 122)

    /// Whether it says that there is no room: on the device, in the quota, or under the limit of a file's size.
    public var isLackOfSpace: Bool { self == .noSpace || self == .quotaExceeded || self == .fileTooLarge }

    /// Whether it speaks of this one file, which is unreadable, too long or not a file at all, and not of the disk or
    /// of this process: then the file can be put aside.
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
