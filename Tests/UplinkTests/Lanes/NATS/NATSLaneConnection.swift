import Bytes
import Foundation
import Peers
import Uplink

/// A lane on a connection to a real server, with a blocking socket and the clock.
final class NATSLaneConnection {
    private let socket: LoopbackSocket
    private(set) var lane: NATSLane
    private(set) var hasEnded = false
    /// How far the lane's time is ahead of the clock.
    var aheadMillis: Int64 = 0

    /// What an operator should know, so far.
    private(set) var warnings: [String] = []

    static let epoch = "e-1"

    convenience init(
        port: UInt16, station: Int64 = 7, epoch: String = NATSLaneConnection.epoch, token: String? = nil,
        user: String? = nil, password: String? = nil, limits: NATSLaneLimits = NATSLaneLimits()
    ) throws {
        let identity = UplinkIdentity(
            stationID: station, epoch: epoch, version: "1", token: token, user: user, password: password)
        try self.init(port: port, identity: identity, limits: limits)
    }

    init(port: UInt16, identity: UplinkIdentity, limits: NATSLaneLimits = NATSLaneLimits()) throws {
        socket = try LoopbackSocket(port: port)
        var generator = SystemRandomNumberGenerator()
        lane = NATSLane(identity: identity, limits: limits, now: Self.clock, using: &generator)
    }

    /// A lane that has compared, and the position that it found.
    static func open(
        port: UInt16, station: Int64 = 7, epoch: String = NATSLaneConnection.epoch,
        limits: NATSLaneLimits = NATSLaneLimits()
    ) throws -> (connection: NATSLaneConnection, position: UplinkPosition) {
        let connection = try NATSLaneConnection(port: port, station: station, epoch: epoch, limits: limits)
        guard case .compared(let position)? = try connection.next() else {
            throw PeerFault("the lane did not compare")
        }
        return (connection, position)
    }

    private static var clock: MonotonicTime {
        MonotonicTime(milliseconds: Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000))
    }

    var now: MonotonicTime { Self.clock.advanced(byMilliseconds: aheadMillis) }

    /// The next event; nil if none comes for `millis`.
    func next(millis: Int64 = 5000) throws -> UplinkLaneEvent? {
        let end = now.advanced(byMilliseconds: millis)
        while true {
            if let event = lane.nextEvent() {
                // What a lane has made itself is told before everything else, and concerns few tests.
                if case .warned(let sentence) = event {
                    warnings.append(sentence)
                    continue
                }
                if case .failed = event { hasEnded = true }
                return event
            }
            try flush()
            guard now < end, !hasEnded else { return nil }
            let until = min(end, lane.deadline ?? end)
            if let bytes = socket.receive(millis: Int32(clamping: max(0, until.milliseconds(since: now)) + 1)) {
                hasEnded = bytes.isEmpty
                if hasEnded { lane.inputClosed(now: now) } else { lane.receive(bytes.span, now: now) }
            }
            if let deadline = lane.deadline, deadline <= now { lane.expire(now: now) }
        }
    }

    /// The fault that ends the lane.
    func fault() throws -> UplinkFault {
        while let event = try next() {
            if case .failed(let fault) = event { return fault }
        }
        throw PeerFault("the lane did not fail")
    }

    /// The next command.
    func command(millis: Int64 = 5000) throws -> UplinkDelivery {
        let event = try next(millis: millis)
        guard case .delivered(let delivery)? = event else {
            throw PeerFault("instead of a command came \(String(describing: event))")
        }
        return delivery
    }

    /// Ships all events and waits until they are stored. Throws the lane's fault.
    func store(_ events: [UplinkEvent], whenStored: (UInt64) -> Void = { _ in }) throws {
        var next = 0
        var stored = events.first.map { $0.ordinal - 1 } ?? 0
        while stored < events.last?.ordinal ?? 0 {
            while let room = lane.room, next < events.count {
                let share = events[next..<min(events.count, next + room.count)]
                lane.ship(Array(share), now: now)
                next = share.endIndex
                try flush()
            }
            switch try self.next() {
            case .stored(let through)?:
                stored = through
                whenStored(through)
            case .failed(let fault)?: throw fault
            case let event: throw PeerFault("instead of an acknowledgement came \(String(describing: event))")
            }
        }
    }

    func ship(_ events: [UplinkEvent]) throws {
        lane.ship(events, now: now)
        try flush()
    }

    func acknowledge(_ delivery: UplinkDelivery) throws {
        lane.acknowledge(delivery.number, now: now)
        try flush()
    }

    private func flush() throws {
        var output: [UInt8] = []
        lane.drainOutput(into: &output)
        // A broken connection shows itself when we receive.
        try? socket.send(output)
    }
}

extension UplinkEvent {
    /// An event of the lanes' epoch, of roughly `bytes` bytes.
    static func test(_ sequence: UInt64, bytes: Int = 40, type: String = "support.ticket.updated") -> UplinkEvent {
        let id = "\(NATSLaneConnection.epoch)-\(sequence)"
        let padding = String(repeating: "x", count: max(0, bytes - 20 - id.utf8.count))
        return UplinkEvent(
            ordinal: sequence, sequence: sequence, previous: sequence - 1, id: id, type: type,
            json: Array(#"{"id":"\#(id)","data":"\#(padding)"}"#.utf8))
    }
}
