import Foundation
import JSON

/// A connection that listens for notifications, over any of the transports that clients use.
///
/// The caller gets each event before the next packet is read. A pong proves that everything before its ping was read,
/// so it is sent only after the caller has those events.
final class NotificationSocket {
    enum Way: String, CaseIterable, Sendable { case polling, webSocket, upgrade, plain }

    /// What the client asks for when it connects.
    struct Options: Sendable {
        var way = Way.webSocket
        var order: String?
        var acknowledges = false
        var resumes = false
        /// Whether it wants `support:ticket:changed`; a client that does not know it ignores it.
        var hearsChanges = false
        var pid: String?
        var offset: String?
        /// The longest single wait, in seconds.
        var patience = 20.0
        var receiveBufferBytes: Int?
    }

    struct Event: Sendable {
        let name: String
        let payload: JSONValue
        /// The second argument.
        let offset: String?
        fileprivate let acknowledgementID: String?

        var id: String? { payload["id"]?.stringValue }
        var isReplayed: Bool { payload["replayed"] == true }
        var isLive: Bool { payload["replayed"] == nil }
        var wantsAcknowledgement: Bool { acknowledgementID != nil }
    }

    enum Heard {
        case event(Event)
        /// A ping, already answered unless `answersPings` is false.
        case ping
    }

    /// Something that the server must never send, however the line was cut.
    struct Breach: Error, CustomStringConvertible {
        let description: String
    }

    /// If false, the server considers the client gone after a while.
    var answersPings = true
    /// The payload of `connected`.
    private(set) var greeting: JSONValue = .null
    /// The members of the answer to CONNECT.
    private(set) var sid: String?
    private(set) var pid: String?

    private let channel: Channel
    private let hearsChanges: Bool
    private var answers: [(key: String, value: JSONValue)] = []
    private var kept: [Heard] = []
    private var callCount = 0

    private enum Channel {
        case socketIO(SocketIOClient)
        case plain(WebSocketClient)
    }

    private static let namespace = "/notifications"

    /// Connects and reads up to the event `connected`.
    init(port: UInt16, token: String, _ options: Options = Options()) throws {
        hearsChanges = options.hearsChanges
        if options.way == .plain {
            let query = options.order.map { "&order=\($0)" } ?? ""
            channel = .plain(
                try WebSocketClient(
                    port: port, target: "/notifications?token=\(token)\(query)", patience: options.patience,
                    receiveBufferBytes: options.receiveBufferBytes))
        } else {
            let way: SocketIOClient.Way =
                switch options.way {
                case .polling: .polling
                case .upgrade: .upgrade
                case .webSocket, .plain: .webSocket
                }
            let client = try SocketIOClient(
                port: port, way: way, patience: options.patience, receiveBufferBytes: options.receiveBufferBytes)
            channel = .socketIO(client)
            try client.connect(auth: Self.auth(token, options))
        }
        let first = try nextEvent()
        guard first.name == "connected", first.offset == nil else {
            throw Breach(description: "\(first.name) \(first.payload.text) came before connected")
        }
        greeting = first.payload
    }

    private static func auth(_ token: String, _ options: Options) -> JSONValue {
        var auth: JSONObject = ["token": .string(token)]
        auth["order"] = options.order.map { .string($0) }
        if options.acknowledges { auth["acknowledgements"] = true }
        if options.resumes { auth["recovery"] = true }
        auth["pid"] = options.pid.map { .string($0) }
        auth["offset"] = options.offset.map { .string($0) }
        return .object(auth)
    }

    // MARK: In

    /// The next event or ping, or nil if none comes within `seconds`.
    func next(within seconds: Double) throws -> Heard? {
        let deadline = Deadline(seconds: seconds)
        while kept.isEmpty {
            guard try hasInput(within: Double(deadline.millisLeft - 1) / 1000) else { return nil }
            if let heard = try receivePacket() { return heard }
        }
        return kept.removeFirst()
    }

    /// The next event. Pings are skipped.
    func nextEvent() throws -> Event {
        while true {
            let heard = try kept.isEmpty ? receivePacket() : kept.removeFirst()
            if case .event(let event) = heard { return event }
        }
    }

    /// The next `count` events. Throws if they do not come.
    func events(_ count: Int) throws -> [Event] { try (0..<count).map { _ in try nextEvent() } }

    /// All events until none has come for `seconds`. Pings are answered and skipped.
    func eventsUntilQuiet(for seconds: Double) throws -> [Event] {
        var events: [Event] = []
        var deadline = Deadline(seconds: seconds)
        while !deadline.isOver {
            if case .event(let event)? = try next(within: Double(deadline.millisLeft) / 1000) {
                events.append(event)
                deadline = Deadline(seconds: seconds)
            }
        }
        return events
    }

    /// Whether no event comes for `seconds`. Pings are answered and skipped.
    func isQuiet(for seconds: Double) throws -> Bool {
        let deadline = Deadline(seconds: seconds)
        while !deadline.isOver {
            if case .event? = try next(within: Double(deadline.millisLeft) / 1000) { return false }
        }
        return true
    }

    /// Reads until a ping has come after everything read so far, and until the server has received the pong.
    func prove() throws {
        while true {
            guard let heard = try next(within: 20) else { throw HarnessFault("no ping came") }
            switch heard {
            case .event(let event): throw Breach(description: "\(event.name) \(event.payload.text) was not expected")
            case .ping:
                _ = try call("notifications:list", ["limit": 1])
                return
            }
        }
    }

    /// Whether the server ends the connection within `seconds`. Anything before that is skipped.
    func isCut(within seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        while !deadline.isOver {
            do {
                _ = try next(within: Double(deadline.millisLeft) / 1000)
            } catch {
                return true
            }
        }
        return false
    }

    // MARK: Out

    /// Upgrades a polling client to a WebSocket, with or without a poll left open.
    func upgrade(withOpenPoll: Bool) throws {
        guard case .socketIO(let client) = channel else { return }
        if withOpenPoll { try client.openPoll() }
        try client.upgrade()
    }

    func acknowledge(_ event: Event) throws {
        guard case .socketIO(let client) = channel, let id = event.acknowledgementID else { return }
        try client.send("43\(Self.namespace),\(id)[]")
    }

    /// Sends an event and waits for its answer. Whatever comes first is kept for later.
    func call(_ name: String, _ argument: JSONValue) throws -> JSONValue {
        let key: String
        switch channel {
        case .socketIO(let client):
            key = String(callCount)
            callCount += 1
            try client.send("42\(Self.namespace),\(key)" + JSONValue.array([.string(name), argument]).text)
        case .plain(let client):
            key = name
            try client.send((["event": .string(name), "data": argument] as JSONValue).text)
        }
        while true {
            if let place = answers.firstIndex(where: { $0.key == key }) { return answers.remove(at: place).value }
            if let heard = try receivePacket() { kept.append(heard) }
        }
    }

    // MARK: Packets

    private func hasInput(within seconds: Double) throws -> Bool {
        switch channel {
        case .socketIO(let client): try client.hasPacket(within: seconds)
        case .plain(let client): client.wire.hasInput(within: seconds)
        }
    }

    /// Reads one packet. Returns nil if it holds neither an event nor a ping.
    private func receivePacket() throws -> Heard? {
        let heard =
            switch channel {
            case .socketIO(let client): try handle(packet: client.nextPacket(), of: client)
            case .plain(let client): try handle(message: client.receive(pings: true), of: client)
            }
        if !hearsChanges, case .event(let event)? = heard, event.name == "support:ticket:changed" { return nil }
        return heard
    }

    private func handle(message: WebSocketClient.Message, of client: WebSocketClient) throws -> Heard? {
        switch message {
        case .text(let text):
            guard let frame = try? JSONParser.parse(text), let name = frame["event"]?.stringValue else {
                throw Breach(description: "not a frame: \(text)")
            }
            let data = frame["data"] ?? .null
            let answered = ["notifications:read", "notifications:list", "auth:refresh", "ticket:view", "ticket:leave"]
            if answered.contains(name) {
                answers.append((name, data))
                return nil
            }
            return .event(Event(name: name, payload: data, offset: nil, acknowledgementID: nil))
        case .ping(let payload):
            if answersPings { try client.send(opcode: 0xA, payload) }
            return .ping
        case .close: throw Wire.Fault.ended("a frame")
        default: throw Breach(description: "not a text message: \(message)")
        }
    }

    private func handle(packet: String, of client: SocketIOClient) throws -> Heard? {
        switch packet.first {
        case "2":
            if answersPings { try client.send("3") }
            return .ping
        case "6": return nil
        case "1": throw Wire.Fault.ended("a packet")
        default: break
        }
        let kind = packet.prefix(2)
        guard packet.dropFirst(2).hasPrefix(Self.namespace) else { throw Breach(description: "unexpected: \(packet)") }
        let rest = packet.dropFirst(2 + Self.namespace.count)
        let digits = rest.dropFirst().prefix(while: \.isNumber)
        let content = try? JSONParser.parse(String(rest.dropFirst(1 + digits.count)))
        switch (kind, content) {
        case ("40", .object(let answer)?):
            sid = answer["sid"]?.stringValue
            pid = answer["pid"]?.stringValue
            return nil
        case ("41", _): throw Wire.Fault.ended("a packet, by a disconnect")
        case ("42", .array(let items)?):
            guard let name = items.first?.stringValue, items.count <= 3 else { break }
            if items.count == 3, items[2].stringValue == nil { break }
            return .event(
                Event(
                    name: name, payload: items.count > 1 ? items[1] : .null,
                    offset: items.count == 3 ? items[2].stringValue : nil,
                    acknowledgementID: digits.isEmpty ? nil : String(digits)))
        case ("43", .array(let items)?):
            answers.append((String(digits), items.first ?? .null))
            return nil
        default: break
        }
        throw Breach(description: "unexpected packet: \(packet)")
    }
}
