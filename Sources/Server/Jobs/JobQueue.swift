import Domain
import Gateway
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// The jobs that wait for more time.
///
/// A job begins at once if this turn has time left, and most end there. The others go on in later turns. They wait in
/// lines: one for each socket, and one for all requests of a user. The lines go on in turn, each with one job at a
/// time, so a user with many jobs delays nobody else.
final class JobQueue {
    /// Where an answer goes.
    enum Recipient {
        case request(ConnectionID)
        /// A Socket.IO event with an acknowledgement id.
        case acknowledgement(Subscriber, id: Int)
        /// A plain WebSocket's frame with this event name.
        case frame(Subscriber, name: String)

        var subscriber: Subscriber? {
            switch self {
            case .request: nil
            case .acknowledgement(let subscriber, _), .frame(let subscriber, _): subscriber
            }
        }
    }

    private struct Entry {
        let job: any Job
        let recipient: Recipient
        let scope: StateScope
        /// The user's role when the job was queued: with another one, another part of the state may be shown.
        let role: Role?
    }

    private struct LineID: Hashable {
        let user: Identifier
        /// Nil for requests.
        let socket: ObjectIdentifier?
    }

    /// The number of jobs that begin at once in one turn; more are queued.
    private static let beginningsPerTurn = 3
    /// The number of times that queued jobs go on in one turn, all together. New jobs do not use these up.
    private static let advancesPerTurn = 3
    /// The number of jobs that one user may have; one more is refused.
    static let perUserMax = 32
    private static let retrySeconds = 1

    private let durable: DurableDesk
    private var lines: [LineID: [Entry]] = [:]
    private var countByUser: [Identifier: Int] = [:]
    /// The lines that can go on; the next one first.
    private var ready: [LineID] = []
    /// The lines of sockets that have no room.
    private var blocked: Set<LineID> = []
    private var beginningsLeft = JobQueue.beginningsPerTurn

    init(durable: DurableDesk) { self.durable = durable }

    /// Whether jobs can go on, so that the loop must not sleep.
    var isBusy: Bool { !ready.isEmpty }

    /// The number of jobs.
    var count: Int { countByUser.values.reduce(0, +) }

    /// Begins a job for a request.
    ///
    /// - Parameter scope: the part of the state that the answer shows.
    /// - Throws: `tooMany` if the user has as many jobs as allowed.
    func answer(
        _ job: any Job, for user: Identifier, showing scope: StateScope, _ request: APIRequest
    ) throws(Refusal) -> Answer {
        let recipient = Recipient.request(request.exchange.connection)
        let entry = Entry(job: job, recipient: recipient, scope: scope, role: durable.desk.user(user)?.role)
        guard let response = try begin(entry, for: user, through: request.loop, now: request.now) else { return .later }
        return .response(response, after: durable.dependency(showing: scope))
    }

    /// Begins a job for a socket, which gets the answer now or later.
    func answer(
        _ job: any Job, to recipient: Recipient, of user: Identifier, showing scope: StateScope,
        through loop: EventLoop, now: Moment
    ) {
        let entry = Entry(job: job, recipient: recipient, scope: scope, role: durable.desk.user(user)?.role)
        let response: HTTPResponse?
        do throws(Refusal) {
            response = try begin(entry, for: user, through: loop, now: now)
        } catch {
            response = HTTPResponse(error)
        }
        if let response { send(response, of: entry, for: user, through: loop) }
    }

    private func begin(
        _ entry: Entry, for user: Identifier, through loop: EventLoop, now: Moment
    ) throws(Refusal) -> HTTPResponse? {
        loop.endShare()
        let id = LineID(user: user, socket: entry.recipient.subscriber.map { ObjectIdentifier($0) })
        if lines[id] == nil, beginningsLeft > 0, hasRoom(entry, through: loop) {
            beginningsLeft -= 1
            if let response = try entry.job.advance(now: now) { return response }
        }
        guard countByUser[user, default: 0] < Self.perUserMax else {
            throw .tooMany("Too many requests of one user at once", retryAfterSeconds: Self.retrySeconds)
        }
        countByUser[user, default: 0] += 1
        if lines[id] == nil { ready.append(id) }
        lines[id, default: []].append(entry)
        return nil
    }

    /// Goes on with the jobs whose turn it is.
    func work(through loop: EventLoop, now: Moment) {
        for id in blocked where lines[id]?.first?.recipient.subscriber?.isGone ?? true { unblock(id) }
        beginningsLeft = Self.beginningsPerTurn
        for _ in 0..<Self.advancesPerTurn {
            guard !ready.isEmpty else { return }
            let id = ready.removeFirst()
            guard let entry = lines[id]?.first else { continue }
            if isAwaited(entry, through: loop) {
                // The line goes on when the socket has room, or is gone.
                guard hasRoom(entry, through: loop) else {
                    entry.recipient.subscriber?.awaitRoom(through: loop)
                    blocked.insert(id)
                    continue
                }
                guard advance(entry, for: id.user, through: loop, now: now) else {
                    ready.append(id)
                    continue
                }
            }
            removeFirst(of: id)
        }
    }

    private func removeFirst(of id: LineID) {
        let count = countByUser[id.user, default: 0] - 1
        countByUser[id.user] = count > 0 ? count : nil
        lines[id]?.removeFirst()
        if lines[id]?.isEmpty == false { ready.append(id) } else { lines[id] = nil }
    }

    /// A socket has room again.
    func resume(_ subscriber: Subscriber) {
        guard !blocked.isEmpty else { return }
        unblock(LineID(user: subscriber.user, socket: ObjectIdentifier(subscriber)))
    }

    private func unblock(_ id: LineID) { if blocked.remove(id) != nil { ready.append(id) } }

    private func hasRoom(_ entry: Entry, through loop: EventLoop) -> Bool {
        entry.recipient.subscriber?.hasRoom(within: loop.settings.sendWindowBytesMax, through: loop) ?? true
    }

    /// Returns whether the job has ended.
    private func advance(_ entry: Entry, for user: Identifier, through loop: EventLoop, now: Moment) -> Bool {
        let response: HTTPResponse?
        do throws(Refusal) {
            response = try entry.job.advance(now: now)
        } catch {
            response = HTTPResponse(error)
        }
        guard let response else { return false }
        send(response, of: entry, for: user, through: loop)
        return true
    }

    /// Whether the recipient is still there.
    private func isAwaited(_ entry: Entry, through loop: EventLoop) -> Bool {
        switch entry.recipient {
        case .request(let connection): loop.isConnected(connection)
        case .acknowledgement(let subscriber, _), .frame(let subscriber, _): !subscriber.isGone
        }
    }

    private func send(_ response: HTTPResponse, of entry: Entry, for user: Identifier, through loop: EventLoop) {
        let isSameRole = durable.desk.user(user)?.role == entry.role
        let dependency = isSameRole ? durable.dependency(showing: entry.scope) : .everything
        switch entry.recipient {
        case .request(let connection): loop.respond(to: connection, with: response, after: dependency)
        case .acknowledgement(let subscriber, let id):
            subscriber.acknowledge(id, json: response.socketBody, after: dependency, through: loop)
        case .frame(let subscriber, let name):
            guard case .webSocket(let connection) = subscriber.channel else { return }
            loop.sendFrames(EncodedEvent.plainFrame(name, data: response.socketBody), to: connection, after: dependency)
        }
    }
}

extension HTTPResponse {
    /// The answer as a socket's client gets it, where a refusal is a member `error`.
    fileprivate var socketBody: [UInt8] {
        guard status.rawValue >= 400 else { return body }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.raw(body)
        writer.endObject()
        return writer.bytes
    }
}
