import Foundation
import JSON

/// A Socket.IO 5 client over Engine.IO 4 that connects in each way the official clients do.
final class SocketIOClient {
    enum Way: CaseIterable { case polling, webSocket, upgrade }

    let namespace: String
    private(set) var sessionID = ""
    /// Engine.IO's open packet.
    private(set) var opening: JSONValue = .null
    private var webSocket: WebSocketClient?
    private let poll: HTTPClient
    private let post: HTTPClient
    private var isPollOpen = false
    private var packets: [String] = []
    private var nextAcknowledgementID = 0

    /// Opens a session and joins the namespace, with the token in the CONNECT packet.
    convenience init(port: UInt16, token: String?, way: Way, namespace: String = "/notifications") throws {
        try self.init(port: port, way: way, namespace: namespace)
        try connect(auth: token.map { ["token": .string($0)] })
    }

    /// Opens an Engine.IO session only.
    init(
        port: UInt16, way: Way, namespace: String = "/notifications", fields: [(String, String)] = [],
        patience: Double = 20, receiveBufferBytes: Int? = nil
    ) throws {
        self.namespace = namespace
        poll = HTTPClient(port: port)
        post = HTTPClient(port: port)
        for client in [poll, post] { client.patience = patience }
        if way == .webSocket {
            let target = "/socket.io/?EIO=4&transport=websocket"
            webSocket = try WebSocketClient(
                port: port, target: target, fields: fields, patience: patience, receiveBufferBytes: receiveBufferBytes)
        }
        let first = try nextPacket(fields: fields)
        guard first.first == "0", let open = try? JSONParser.parse(String(first.dropFirst())),
            let id = open["sid"]?.stringValue
        else { throw HarnessFault("not an open packet: \(first)") }
        opening = open
        sessionID = id
        if way == .upgrade { try upgrade() }
    }

    /// Sends CONNECT. The answer is the next packet.
    func connect(auth: JSONValue?) throws { try send("40\(namespace),\(auth?.text ?? "")") }

    /// Reads the answer to CONNECT and the event `connected`, and returns that event's payload.
    @discardableResult
    func connected() throws -> JSONValue {
        let answer = try nextMessage()
        guard answer.hasPrefix("0\(namespace),{") else { throw HarnessFault("CONNECT was answered \(answer)") }
        let (name, payload) = try nextEvent()
        guard name == "connected" else { throw HarnessFault("\(name) came before connected") }
        return payload
    }

    /// The next event's name and first argument. `support:ticket:changed`, which keeps screens right, is skipped, as a
    /// client that does not know it would.
    func nextEvent() throws -> (name: String, payload: JSONValue) {
        var packet = try nextMessage()
        while packet.hasPrefix("2\(namespace),[\"support:ticket:changed\"") { packet = try nextMessage() }
        let prefix = "2\(namespace),"
        guard packet.hasPrefix(prefix),
            case .array(let items)? = try? JSONParser.parse(String(packet.dropFirst(prefix.count))),
            let name = items.first?.stringValue
        else { throw HarnessFault("not an event: \(packet)") }
        guard items.count <= 2 else { throw HarnessFault("\(name) has \(items.count - 1) arguments") }
        return (name, items.count == 2 ? items[1] : .null)
    }

    /// Emits an event and waits for its acknowledgement. Events that come first are kept for later.
    func call(_ event: String, _ argument: JSONValue) throws -> JSONValue {
        let id = nextAcknowledgementID
        nextAcknowledgementID += 1
        try send("42\(namespace),\(id)" + JSONValue.array([.string(event), argument]).text)
        let prefix = "3\(namespace),\(id)"
        var others: [String] = []
        while true {
            let message = try nextMessage()
            if message.hasPrefix(prefix),
                case .array(let items)? = try? JSONParser.parse(String(message.dropFirst(prefix.count)))
            {
                packets = others.map { "4" + $0 } + packets
                return items.first ?? .null
            }
            others.append(message)
        }
    }

    /// The next Socket.IO packet, as text without Engine.IO's `4`. Pings are answered.
    func nextMessage() throws -> String {
        while true {
            let packet = try nextPacket()
            switch packet.first {
            case "4": return String(packet.dropFirst())
            case "2": try send("3" + packet.dropFirst())
            case "6": continue
            default: throw HarnessFault("unexpected packet: \(packet)")
            }
        }
    }

    /// Whether the session ends within `seconds`.
    func isClosed(within seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        while !deadline.isOver {
            guard let packet = try? nextPacket() else { return true }
            if packet == "1" { return true }
            if packet == "2" { try? send("3") }
        }
        return false
    }

    // MARK: Packets

    /// Sends an Engine.IO packet.
    func send(_ packet: String) throws {
        if let webSocket { return try webSocket.send(packet) }
        let answer = try post.request("POST", target, raw: packet)
        guard answer.status == 200, answer.text.lowercased() == "ok" else {
            throw HarnessFault("a POST of \(packet) was answered \(answer.status): \(answer.excerpt)")
        }
    }

    func nextPacket(fields: [(String, String)] = []) throws -> String {
        while packets.isEmpty {
            if let webSocket {
                switch try webSocket.receive() {
                case .text(let text): packets.append(text)
                case .close: throw Wire.Fault.ended("a packet")
                default: throw HarnessFault("not a text message")
                }
            } else {
                try openPoll(fields: fields)
                let answer = try poll.answer()
                isPollOpen = false
                if answer.status == 400, answer.text.contains("Session ID unknown") {
                    throw Wire.Fault.ended("a packet")
                }
                guard answer.status == 200 else {
                    throw HarnessFault("a poll was answered \(answer.status): \(answer.excerpt)")
                }
                packets = answer.text.components(separatedBy: "\u{1E}")
            }
        }
        return packets.removeFirst()
    }

    /// Whether a packet or the end of the session comes within `seconds`.
    func hasPacket(within seconds: Double) throws -> Bool {
        if !packets.isEmpty { return true }
        if let webSocket { return webSocket.wire.hasInput(within: seconds) }
        try openPoll()
        return poll.wire?.hasInput(within: seconds) ?? true
    }

    /// Sends a poll without waiting for its answer.
    func openPoll(fields: [(String, String)] = []) throws {
        guard webSocket == nil, !isPollOpen else { return }
        try poll.send("GET", target, fields: fields)
        isPollOpen = true
    }

    private var target: String {
        "/socket.io/?EIO=4&transport=polling" + (sessionID.isEmpty ? "" : "&sid=\(sessionID)")
    }

    /// Probes and upgrades as Engine.IO specifies, with a poll left open, as browsers do, or without one.
    func upgrade() throws {
        let target = "/socket.io/?EIO=4&transport=websocket&sid=\(sessionID)"
        let candidate = try WebSocketClient(port: poll.port, target: target, patience: poll.patience)
        try candidate.send("2probe")
        let answer = try candidate.receiveText()
        guard answer == "3probe" else { throw HarnessFault("the probe was answered \(answer)") }
        if isPollOpen {
            // The server answers the poll with what it has, if only a noop.
            isPollOpen = false
            packets += try poll.answer().text.components(separatedBy: "\u{1E}")
        }
        try candidate.send("5")
        webSocket = candidate
    }
}

extension HTTPClient {
    /// Sends a request with a text body and returns its answer.
    func request(_ method: String, _ target: String, raw body: String, type: String = "text/plain;charset=UTF-8") throws
        -> HTTPAnswer
    {
        let head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: \(type)\r\n"
        let bearer = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        try send(raw: Array("\(head)\(bearer)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
        return try answer(to: method)
    }
}
