import Bytes
import Domain
import Gateway
import Platform
import Uplink

/// The station's way to its central server: connections and what is spoken over them, and how far it is.
///
/// What it does is in `StationService+Upstream`.
final class UpstreamLink {
    /// An open connection and its protocol.
    struct Line {
        let connection: ConnectionID
        var lane: any UplinkLane
        let openedAt: MonotonicTime

        /// Queues what the lane wants to send. A fault where the connection takes no more.
        mutating func send(through loop: EventLoop) -> UplinkFault? {
            var output: [UInt8] = []
            lane.takeOutput(into: &output)
            guard output.isEmpty || loop.send(output, to: connection) else {
                return UplinkFault("the connection to the central server takes no more")
            }
            return nil
        }
    }

    let settings: UpstreamSettings
    let url: UpstreamURL
    let identity: UplinkIdentity
    let encoder: CloudEventEncoder

    var machine: UplinkMachine
    var dialer: Dialer
    var line: Line?

    /// Over HTTP commands are waited for on a connection of their own.
    var commandDialer: Dialer
    var commandLine: Line?
    var commandSchedule: UplinkSchedule

    /// Commands that were dealt with in this turn, by the connection that brought them: acknowledged once that is
    /// durable.
    var outcomes: [(connection: ConnectionID, number: UInt64)] = []
    /// There is more to ship at once.
    var wantsTurn = false
    /// When the cursor is to be stored, where it has moved.
    var nextNote: MonotonicTime?
    /// What was said in the log last, so that it is not said again at every try.
    var lastLogged: String?
    /// Events that were shipped since the start.
    var shippedCount: UInt64 = 0
    var commandCount: UInt64 = 0
    /// What the last connection over HTTP came to as a batch.
    var batchMax: UplinkRoom?
    /// What may be under way over NATS; less where that was too much for the line.
    var windowMax: UplinkRoom?
    /// What the server said that it has, while that connection has shipped nothing: a next one need not ask again.
    var position: UplinkPosition?
    /// The other side's name, as it was when everything up to the cursor was stored; see `UplinkState.remote`.
    var remote: String?
    /// At a stop nothing is due any more.
    var isStopping = false
    /// The server's clock less ours, where it has said.
    var clockOffsetMillis: Int64?

    init?(
        _ settings: UpstreamSettings, stationID: Int64, epoch: String, state: UplinkState, files: ResolverFiles,
        now: MonotonicTime
    ) {
        guard let url = settings.url else { return nil }
        self.settings = settings
        self.url = url
        func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
        identity = UplinkIdentity(
            stationID: stationID, epoch: epoch, version: StationService.version, token: optional(settings.token),
            user: optional(settings.user), password: optional(settings.password))
        encoder = CloudEventEncoder(stationID: stationID, epoch: epoch)
        machine = UplinkMachine(cursor: state.shippedThrough, now: now)
        remote = state.remote
        dialer = Dialer(files: files)
        commandDialer = Dialer(files: files)
        commandSchedule = UplinkSchedule(now: now)
    }

    /// Whether commands come on a connection of their own.
    var hasCommandLine: Bool { url.scheme == .http }

    /// Whether it is time for that connection: the server has just known us.
    func wantsCommandLine(at now: MonotonicTime) -> Bool {
        guard hasCommandLine, commandLine == nil, !commandDialer.isDialing, isUp else { return false }
        return commandSchedule.next.map { $0 <= now } ?? false
    }

    var isUp: Bool { machine.state == .shipping || machine.state == .idle }

    var deadline: MonotonicTime? {
        guard !isStopping else { return nil }
        var earliest: MonotonicTime?
        let command = hasCommandLine && isUp && commandLine == nil && !commandDialer.isDialing
        for deadline in [
            machine.deadline, dialer.deadline, line?.lane.deadline, commandDialer.deadline, commandLine?.lane.deadline,
            command ? commandSchedule.next : nil, nextNote,
        ] {
            guard let deadline else { continue }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        return earliest
    }
}
