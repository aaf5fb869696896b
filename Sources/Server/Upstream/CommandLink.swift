import Bytes
import Gateway
import Platform
import TLS
import Uplink

/// Fetching commands over HTTP, on a connection of its own that waits for them.
final class CommandLink {
    /// A connection that lasted this long was useful, however it ended.
    private static let usefulMillis: Int64 = 5_000

    private let durable: DurableDesk
    private let peer: UpstreamPeer
    private let intake: CommandIntake
    let connection: UpstreamConnection
    /// The server that was dialed last.
    private var url: UpstreamURL
    private var schedule: UplinkSchedule

    init(
        durable: DurableDesk, peer: UpstreamPeer, intake: CommandIntake, files: ResolverFiles, now: MonotonicTime
    ) {
        self.durable = durable
        self.peer = peer
        self.intake = intake
        connection = UpstreamConnection(files: files)
        url = peer.urls[0]
        schedule = UplinkSchedule(now: now)
    }

    /// When there is something to do next, if at all.
    ///
    /// - Parameter isUp: whether the server has accepted us on the connection that ships.
    func deadline(isUp: Bool) -> MonotonicTime? {
        .earlier(connection.deadline, isUp && connection.isIdle ? schedule.next : nil)
    }

    func tryNow(_ now: MonotonicTime) { schedule.tryNow(now) }

    /// Dials the server that ships, if it is time.
    ///
    /// - Parameter client: begins TLS; nil without.
    func dialIfDue(
        _ url: UpstreamURL, with client: (any TLSClient)?, isUp: Bool, through loop: EventLoop, now: Moment
    ) {
        guard isUp, connection.isIdle, let next = schedule.next, next <= now.monotonic else { return }
        self.url = url
        schedule.begin(now: now.monotonic)
        connection.dial(url, with: client, through: loop, now: now)
    }

    /// Begins to speak if dialing has succeeded.
    ///
    /// - Returns: a fault that ends shipping too.
    func handleDialResult(through loop: EventLoop, now: Moment) -> UplinkFault? {
        switch connection.dequeueResult() {
        case .connected(let connected)?:
            let lane = HTTPCommandLane(
                peer.identity, host: url.authority, after: durable.desk.uplink.lastCommand, wall: now.wall,
                now: now.monotonic)
            connection.open(connected, speaking: lane, now: now)
            return attend(through: loop, now: now)
        case .failed(let sentence)?:
            return lose(UplinkFault("cannot reach the central server: \(sentence)"), through: loop, now: now)
        case nil: return nil
        }
    }

    /// Acts on the lane's events, and sends its output.
    ///
    /// - Returns: a fault that ends shipping too.
    func attend(through loop: EventLoop, now: Moment) -> UplinkFault? {
        while let line = connection.line, let event = connection.nextEvent() {
            do throws(UplinkFault) {
                switch event {
                case .delivered(let delivery):
                    try intake.handle(delivery, from: line.connection, through: loop, now: now)
                case .failed(let fault): throw fault
                case .compared, .stored, .rewound, .halved, .announced, .warned: break
                }
            } catch {
                return lose(error, through: loop, now: now)
            }
        }
        return connection.sendOutput(through: loop).flatMap { lose($0, through: loop, now: now) }
    }

    /// The connection has ended, or could not be made.
    ///
    /// - Returns: the fault, if it ends shipping too: a server that turns us away here does so there.
    func lose(_ fault: UplinkFault, through loop: EventLoop, now: Moment) -> UplinkFault? {
        let lifeMillis = connection.line.map { now.monotonic.milliseconds(since: $0.openedAt) } ?? 0
        connection.close(through: loop)
        let isUseful = lifeMillis >= Self.usefulMillis
        if isUseful { schedule.succeeded() }
        schedule.failed(fault.remedy, wasUseful: isUseful, using: &loop.random, now: now.monotonic)
        let level: Log.Level = fault.remedy == .waitSeconds(0) ? .debug : .info
        loop.log.write(level, "Uplink", "Commands cannot be received at the moment: \(fault.message)", at: now)
        return fault.remedy == .stop ? fault : nil
    }
}
