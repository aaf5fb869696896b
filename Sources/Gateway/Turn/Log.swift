import Bytes
import Platform

/// Lines for the operator, collected during a turn and written together at its end.
///
/// Bounded: while standard error accepts none, lines past `waitingBytesMax` are counted and dropped, and the count is
/// the next line written.
public struct Log: Sendable {
    /// The severity of a line, from least to most.
    public enum Level: String, CaseIterable, Comparable, Sendable {
        case debug, info, warning, error

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }

        /// The severity that systemd's journal reads from the start of a line (sd-daemon(3)).
        fileprivate var priority: StaticString {
            switch self {
            case .debug: "<7>"
            case .info: "<6>"
            case .warning: "<4>"
            case .error: "<3>"
            }
        }
    }

    /// The number of bytes above which lines are dropped instead of kept.
    public static let waitingBytesMax = 256 * 1024

    /// Lines below this level are not written.
    public var level: Level
    /// Whether lines begin with systemd's `<priority>` instead of the time and the level's name.
    public var isForSystemd: Bool

    /// The lines that have not been written yet.
    public private(set) var waiting = ByteQueue()
    private var dropped = 0

    /// Creates an empty log.
    public init(level: Level = .info, isForSystemd: Bool = false) {
        self.level = level
        self.isForSystemd = isForSystemd
    }

    /// Adds a line. Control characters, which a peer may have put there, are replaced with `?`.
    ///
    /// - Parameters:
    ///   - subject: the part of the product that speaks, written in brackets.
    ///   - message: one sentence, evaluated only if the line is kept.
    public mutating func write(
        _ level: Level, _ subject: StaticString, _ message: @autoclosure () -> String, at now: Moment
    ) {
        guard level >= self.level else { return }
        guard waiting.count < Self.waitingBytesMax else {
            dropped += 1
            return
        }
        if dropped > 0 {
            let count = dropped
            dropped = 0
            append(.warning, "Log", "\(count) lines were dropped: standard error did not take them", at: now)
        }
        append(level, subject, message(), at: now)
    }

    private mutating func append(_ level: Level, _ subject: StaticString, _ message: String, at now: Moment) {
        waiting.append { line in
            if isForSystemd {
                line.append(literal: level.priority)
            } else {
                now.wall.appendISO8601(to: &line)
                if level != .info {
                    line.append(0x20)
                    line.append(utf8: level.rawValue.uppercased())
                }
                line.append(0x20)
            }
            line.append(0x5B)
            line.append(literal: subject)
            line.append(literal: "] ")
            let text = message.utf8Span
            var start = 0
            while let index = text.span.firstIndex(of: 0x7F, or: 0x7F, orBelow: 0x20, from: start) {
                line.append(text.span.extracting(start..<index))
                line.append(0x3F)
                start = index + 1
            }
            line.append(text.span.extracting(start...))
            line.append(0x0A)
        }
    }

    /// Gives the waiting lines to `network`.
    mutating func flush(to network: any Network) {
        if !waiting.isEmpty { network.writeLog(&waiting) }
    }
}
