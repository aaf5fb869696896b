import Bytes
import Gateway
import Platform

/// Work that takes longer than a turn may, done by a short-lived child process.
///
/// A job travels as the hidden command `stationd child …`; `init(_:)` reads what `command` writes.
public enum ChildJob: Hashable, Sendable {
    /// Brings the document files up to the record `through`, starting after the record `behind` at the latest. An
    /// urgent one does not give way to other processes, because somebody waits for it.
    case checkpoint(behind: UInt64, through: UInt64, isUrgent: Bool)
    /// Writes the journal's next segment ahead.
    case prepareSegment(bytes: Int)
    /// Hashes a password.
    case hashPassword(password: String)
    /// Compares a password with a hash.
    case verifyPassword(password: String, hash: String)

    /// A job that takes longer is abandoned, or sooner if somebody waits for it. Its process then ends itself, so that
    /// it does not run beside the next one.
    public static let durationMillisMax: Int64 = 600_000

    /// The command that does this job.
    ///
    /// - Parameter dataPath: the data directory that the job works on.
    public func command(dataPath: String) -> ChildProcessCommand {
        switch self {
        case .checkpoint(let behind, let through, let isUrgent):
            let name = isUrgent ? "checkpoint-now" : "checkpoint"
            return ChildProcessCommand(arguments: ["child", name, dataPath, String(behind), String(through)])
        case .prepareSegment(let bytes):
            return ChildProcessCommand(arguments: ["child", "prepare-segment", dataPath, String(bytes)])
        case .hashPassword(let password):
            return ChildProcessCommand(arguments: ["child", "hash"], input: Array(password.utf8))
        case .verifyPassword(let password, let hash):
            return ChildProcessCommand(arguments: ["child", "verify"], input: Array((hash + "\n" + password).utf8))
        }
    }

    /// The job that a command stands for; nil if it is not one of ours.
    public init?(_ command: ChildProcessCommand) {
        let (arguments, input) = (command.arguments, command.input)
        guard arguments.count >= 2, arguments[0] == "child" else { return nil }
        switch (arguments[1], arguments.count) {
        case ("checkpoint", 5), ("checkpoint-now", 5):
            guard let behind = Decimal.parse(arguments[3]), let through = Decimal.parse(arguments[4]) else {
                return nil
            }
            self = .checkpoint(behind: behind, through: through, isUrgent: arguments[1] == "checkpoint-now")
        case ("prepare-segment", 4):
            guard let bytes = Decimal.parse(arguments[3]).flatMap({ Int(exactly: $0) }) else { return nil }
            self = .prepareSegment(bytes: bytes)
        case ("hash", 2): self = .hashPassword(password: String(decoding: input, as: UTF8.self))
        case ("verify", 2):
            guard let end = input.firstIndex(of: 0x0A) else { return nil }
            self = .verifyPassword(
                password: String(decoding: input[(end + 1)...], as: UTF8.self),
                hash: String(decoding: input[..<end], as: UTF8.self))
        default: return nil
        }
    }
}
