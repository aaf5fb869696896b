/// A fault found on the disk: where it is, what is wrong, and what was done about it.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// How bad a finding is, from the least to the worst.
    public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// An ordinary trace of a crash; nothing that was promised is lost.
        case note
        /// Not as this program leaves things; nothing that was promised is known to be lost.
        case warning
        /// Something that was durable once is missing or unreadable.
        case damage

        /// Whether `left` is less bad.
        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .damage: 2
            }
        }
    }

    /// How bad it is.
    public let severity: Severity
    /// The path relative to the data directory.
    public let file: String
    /// Bytes from the start of the file, if known.
    public let offset: Int?
    /// The line, counted from 1, if known.
    public let line: Int?
    /// What is wrong: a clause without a full stop.
    public let problem: String
    /// What was done about it: a clause, or nil if nothing was done.
    public let action: String?

    /// Creates a finding about a file.
    ///
    /// - Parameters:
    ///   - problem: a clause without a full stop.
    ///   - action: the same, for what was done.
    public init(
        _ severity: Severity, file: String, offset: Int? = nil, line: Int? = nil, problem: String, action: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.offset = offset
        self.line = line
        self.problem = problem
        self.action = action
    }

    /// `damage: journal/00000000000000000001.log line 7 (byte 1234): not a valid record; kept aside in quarantine/…`
    public var description: String {
        var text = "\(severity.rawValue): \(file)"
        if let line { text += " line \(line)" }
        if let offset { text += " (byte \(offset))" }
        text += ": \(problem)"
        if let action { text += "; \(action)" }
        return text
    }
}
