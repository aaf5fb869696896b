/// Something about the data directory that a person should know: what was found, where, and what was done about it.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// What a crash leaves behind in the ordinary course; nothing that was promised is lost.
        case note
        /// Not as this program leaves it; nothing that was promised is known to be lost.
        case warning
        /// Something that was durable once is missing or unreadable here.
        case damage

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .damage: 2
            }
        }
    }

    public let severity: Severity
    /// Relative to the data directory.
    public let file: String
    /// Bytes from the start of the file, where it is known.
    public let offset: Int?
    /// Counted from 1, where it is known.
    public let line: Int?
    /// A clause without a full stop.
    public let problem: String
    /// What was done: a clause, or nil where nothing was.
    public let action: String?

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
