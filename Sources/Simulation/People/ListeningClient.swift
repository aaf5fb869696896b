import Bytes
import HTTP
import JSON
import WebSocket

/// A client that listens for notifications. Whenever it loses its connection, it connects again.
final class ListeningClient {
    enum Way: String, CaseIterable {
        case polling, webSocket, plain
        /// Like the stock clients: it starts with polling and moves to a WebSocket as soon as it can.
        case upgrade
    }

    /// What kind of client it is.
    struct Kind {
        var user: Int64
        var way: Way
        var acknowledges = false
        var resumes = false
        /// It marks some of the notifications that it receives as read.
        var reads = false
        /// It asks for urgent ones first among those it has missed.
        var wantsUrgentFirst = false
        /// The longest pause before it reads bytes that have arrived, in microseconds.
        var pauseMicrosMax: Int64 = 0
    }

    /// What carries its packets if it starts with polling.
    private enum Transport {
        case polling
        /// It probes a WebSocket.
        case probing
        /// The probe was answered; it waits for the polling requests under way.
        case pausing
        case webSocket
    }

    private enum Phase {
        case away
        /// It is connecting, or will in a moment.
        case connecting
        case open
    }

    let name: String
    let kind: Kind
    private let world: World
    private let internet: Internet
    private let address: IPAddress
    private let server: IPAddress
    private let ledger: DeliveryLedger
    private let token: () -> String
    /// The longest silence of the station before it gives up its connection, in microseconds.
    private let silenceMicrosMax: Int64

    private var phase = Phase.away
    /// The number of the current connection. Whatever belongs to an earlier one is ignored.
    private var generation = 0
    /// Whether it marks notifications as read at present.
    var marksAsRead: Bool
    private var isWanted = false
    private var isDeaf = false
    private(set) var isListening = false
    /// The current connection in the ledger.
    private(set) var connection: DeliveryLedger.ConnectionNumber?
    private var pid: String?
    private var offset: String?
    private var lastHeard: Int64 = 0
    private var isReadPlanned = false

    private var end: WireEnd?
    private var handshake = HTTPClientMachine()
    private var key = ""
    private var webSocket: WebSocketMachine?
    private var outbox: [UInt8] = []
    private var poll: HTTPCaller?
    private var post: HTTPCaller?
    private var session = ""
    private var unsent: [String] = []
    private var transport = Transport.polling
    /// Called with each notification's id.
    var onNotification: (String) -> Void = { _ in }
    /// Called with each gap that it is told of.
    var onGap: (JSONValue) -> Void = { _ in }

    private static let namespace = "/notifications"

    init(
        _ name: String, _ kind: Kind, _ world: World, _ internet: Internet, from address: IPAddress,
        to server: IPAddress, _ ledger: DeliveryLedger, silenceMicrosMax: Int64, token: @escaping () -> String
    ) {
        self.name = name
        self.kind = kind
        marksAsRead = kind.reads
        self.world = world
        self.internet = internet
        self.address = address
        self.server = server
        self.ledger = ledger
        self.silenceMicrosMax = silenceMicrosMax
        self.token = token
    }

    private var moment: UInt64 { UInt64(world.now) }

    // MARK: Orders and faults

    func comeBack() {
        isWanted = true
        if phase == .away { connect() }
    }

    /// Closes its connection and stays away.
    func goAway(reset: Bool = false) {
        isWanted = false
        leave(reset: reset)
    }

    /// Breaks its connection. It notices, and connects again.
    func breakLine() {
        for line in lines { line.breakDown() }
    }

    /// Makes its connection go dead. It gives up after `silenceMicrosMax`.
    func silenceLine() {
        for line in lines { line.silence() }
    }

    /// It stops answering pings on this connection.
    func becomeDeaf() { isDeaf = true }

    /// Drops what it could resume from: a backup was restored.
    func forget() {
        pid = nil
        offset = nil
        guard lines.isEmpty, connection != nil else { return breakLine() }
        // It is about to connect, and will reach the restored station.
        connection = ledger.open(kind.user, offset: nil, urgentFirst: kind.wantsUrgentFirst, at: moment)
    }

    private var lines: [WireEnd] { [end, poll?.line, post?.line].compactMap { $0 } }

    // MARK: Connecting

    private func connect() {
        phase = .connecting
        generation += 1
        let number = generation
        isDeaf = false
        isListening = false
        lastHeard = world.now
        // An acknowledging client does not get again what its user has acknowledged elsewhere, even after its offset.
        connection = ledger.open(
            kind.user, offset: kind.acknowledges ? nil : offset, urgentFirst: kind.wantsUrgentFirst, at: moment)
        watch(number)
        switch kind.way {
        case .polling, .upgrade:
            poll = HTTPCaller(world, internet, from: address, to: server)
            post = HTTPCaller(world, internet, from: address, to: server)
            session = ""
            unsent = []
            transport = .polling
            pollOnce(number)
        case .webSocket: openWebSocket("/socket.io/?EIO=4&transport=websocket", number)
        case .plain:
            let order = kind.wantsUrgentFirst ? "&order=priority" : ""
            openWebSocket("/notifications?token=\(token())\(order)", number)
        }
    }

    private func openWebSocket(_ target: String, _ number: Int) {
        internet.connect(from: address, to: server, port: Appliance.port) { [weak self] outcome in
            guard let self, generation == number else {
                if case .success(let end) = outcome { end.close(reset: false) }
                return
            }
            guard case .success(let end) = outcome else { return loseWebSocket() }
            self.end = end
            end.onReady = { [weak self] in self?.planRead() }
            handshake = HTTPClientMachine()
            webSocket = nil
            outbox = []
            key = WebSocketHandshake.key((0..<16).map { _ in UInt8.random(in: 0...255, using: &self.world.random) })
            handshake.send(
                .get, target, host: "station", fields: WebSocketHandshake.requestFields(key: key), into: &outbox)
            flush()
        }
    }

    /// Gives up the WebSocket. A client that is still probing goes on polling.
    private func loseWebSocket() {
        guard kind.way == .upgrade, transport == .probing else { return lose() }
        end?.close(reset: false)
        end = nil
        webSocket = nil
        transport = .polling
    }

    /// Gives up the connection once the station has been silent for too long.
    private func watch(_ number: Int) {
        world.after(silenceMicrosMax / 2) { [weak self] in
            guard let self, generation == number else { return }
            if world.now - lastHeard > silenceMicrosMax { return lose() }
            watch(number)
        }
    }

    private func leave(reset: Bool = false) {
        generation += 1
        phase = .away
        isListening = false
        end?.close(reset: reset)
        end = nil
        poll?.drop(reset: reset)
        post?.drop(reset: reset)
        poll = nil
        post = nil
        webSocket = nil
        connection = nil
    }

    /// Gives up the connection, and connects again in a moment.
    private func lose() {
        leave()
        guard isWanted else { return }
        let number = generation
        world.after(world.random.number(1_000...400_000)) { [weak self] in
            guard let self, generation == number, phase == .away, isWanted else { return }
            connect()
        }
    }

    // MARK: Over a WebSocket

    private func planRead() {
        guard !isReadPlanned else { return }
        guard kind.pauseMicrosMax > 0 else { return read() }
        isReadPlanned = true
        world.after(world.random.number(0...kind.pauseMicrosMax)) { [weak self] in
            guard let self else { return }
            isReadPlanned = false
            read()
        }
    }

    private func read() {
        guard let end else { return }
        flush()
        guard end.failure == nil else { return loseWebSocket() }
        var hasEnded = false
        while let bytes = end.receive(64 * 1024) {
            lastHeard = world.now
            if bytes.isEmpty {
                hasEnded = true
                break
            }
            if webSocket != nil { webSocket?.receive(bytes.span) } else { handshake.receive(bytes.span) }
        }
        if webSocket == nil, let event = handshake.nextEvent() {
            guard case .response(let response) = event, WebSocketHandshake.isAccepted(by: response, key: key) else {
                return loseWebSocket()
            }
            var machine = WebSocketMachine(role: .client)
            machine.receive(handshake.drainUpgradedBytes().span)
            webSocket = machine
            if kind.way == .upgrade { sendFrame("2probe") }
        }
        let number = generation
        while let event = webSocket?.nextEvent() {
            handle(event)
            guard generation == number else { return }
        }
        flush()
        if hasEnded || webSocket?.isClosed == true { loseWebSocket() }
    }

    private func handle(_ event: WebSocketEvent) {
        switch event {
        case .text(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            switch (kind.way, transport) {
            case (.plain, _): receiveFrame(text)
            case (.upgrade, .probing):
                guard text == "3probe" else { return loseWebSocket() }
                transport = .pausing
                upgrade()
            default: receivePacket(text)
            }
        case .ping:
            // A deaf client answers neither this ping nor anything that comes later.
            if isDeaf {
                end?.onReady = {}
            } else {
                webSocket?.drainReplies(into: &outbox, masking: &world.random)
            }
        case .close, .failure: webSocket?.drainReplies(into: &outbox, masking: &world.random)
        case .binary, .pong: break
        }
    }

    private func flush() {
        guard let end, !outbox.isEmpty, let count = end.send(outbox) else { return }
        outbox.removeFirst(count)
    }

    private func send(_ packet: String) {
        if kind.way == .polling || (kind.way == .upgrade && transport != .webSocket) {
            unsent.append(packet)
            return postUnsent()
        }
        sendFrame(packet)
    }

    private func sendFrame(_ packet: String) {
        WebSocketFrame.encode(
            .text, Array(packet.utf8), maskingKey: UInt32(truncatingIfNeeded: world.random.next()), into: &outbox)
        flush()
    }

    // MARK: By polling

    private func pollOnce(_ number: Int) {
        guard generation == number, let poll else { return }
        guard transport != .pausing else { return upgrade() }
        let target = "/socket.io/?EIO=4&transport=polling" + (session.isEmpty ? "" : "&sid=\(session)")
        poll.request(.get, target, patienceMicros: silenceMicrosMax) { [weak self] response in
            guard let self, generation == number else { return }
            guard let response, response.status == .ok else { return lose() }
            lastHeard = world.now
            for packet in response.body.split(separator: 0x1E) {
                receivePacket(String(decoding: packet, as: UTF8.self))
                guard generation == number else { return }
            }
            // A client pauses before it polls again.
            world.after(world.random.number(0...max(1, kind.pauseMicrosMax))) { [weak self] in
                self?.pollOnce(number)
            }
        }
    }

    private func postUnsent() {
        guard let post, !post.isBusy, !session.isEmpty, transport != .pausing else { return upgrade() }
        guard !unsent.isEmpty else { return }
        let body = Array(unsent.joined(separator: "\u{1E}").utf8)
        unsent = []
        let number = generation
        post.request(
            .post, "/socket.io/?EIO=4&transport=polling&sid=\(session)", ["Content-Type": "text/plain;charset=UTF-8"],
            body, patienceMicros: silenceMicrosMax
        ) { [weak self] response in
            guard let self, generation == number else { return }
            guard let response, response.status == .ok else { return lose() }
            postUnsent()
        }
    }

    // MARK: From polling to a WebSocket

    private func probe() {
        guard kind.way == .upgrade, transport == .polling else { return }
        transport = .probing
        openWebSocket("/socket.io/?EIO=4&transport=websocket&sid=\(session)", generation)
    }

    /// Moves to the WebSocket once no polling request is under way.
    private func upgrade() {
        guard transport == .pausing, poll?.isBusy == false, post?.isBusy == false else { return }
        transport = .webSocket
        sendFrame("5")
        for packet in unsent { sendFrame(packet) }
        unsent = []
        poll?.drop()
        post?.drop()
        (poll, post) = (nil, nil)
    }

    // MARK: Packets

    private func receiveFrame(_ text: String) {
        guard let frame = try? JSONParser.parse(Array(text.utf8)), let event = frame["event"]?.stringValue else {
            return ledger.note(fault: "\(name) received a frame without an event: \(text)")
        }
        hear(event, frame["data"] ?? .null, offset: nil)
    }

    private func receivePacket(_ text: String) {
        switch text.utf8.first {
        case 0x30:
            let opening = (try? JSONParser.parse(Array(text.utf8.dropFirst()))) ?? .null
            session = opening["sid"]?.stringValue ?? ""
            probe()
            var auth: JSONObject = ["token": .string(token())]
            if kind.acknowledges { auth["acknowledgements"] = true }
            if kind.resumes { auth["recovery"] = true }
            if kind.wantsUrgentFirst { auth["order"] = "priority" }
            if kind.resumes, let pid { auth["pid"] = .string(pid) }
            if kind.resumes, let offset { auth["offset"] = .string(offset) }
            send("40\(Self.namespace)," + String(decoding: JSONValue.object(auth).encoded(), as: UTF8.self))
        case 0x32: if !isDeaf { send("3") }
        case 0x36: break
        case 0x34: receiveMessage(Array(text.utf8))
        default: lose()
        }
    }

    /// Handles a Socket.IO packet within an Engine.IO message: `4`, type, namespace, comma, an optional id, JSON.
    private func receiveMessage(_ bytes: [UInt8]) {
        let prefix = Array("\(Self.namespace),".utf8)
        guard bytes.count >= 2 + prefix.count, bytes[2..<(2 + prefix.count)].elementsEqual(prefix) else {
            // The server has closed the namespace or refused it.
            return lose()
        }
        let rest = bytes[(2 + prefix.count)...]
        let digits = rest.prefix { $0.isASCIIDigit }
        let content = (try? JSONParser.parse(Array(rest.dropFirst(digits.count)))) ?? .null
        switch bytes[1] {
        case 0x30:
            guard kind.resumes, let given = content["pid"]?.stringValue else { return }
            if let pid, pid != given { ledger.note(fault: "\(name)'s pid changed from \(pid) to \(given)") }
            pid = given
        case 0x32:
            guard let items = content.arrayValue, let event = items.first?.stringValue else { return lose() }
            hear(event, items.count > 1 ? items[1] : .null, offset: items.count > 2 ? items[2].stringValue : nil)
            if !digits.isEmpty, !isDeaf {
                send("43\(Self.namespace)," + String(decoding: digits, as: UTF8.self) + "[]")
            }
        default: lose()
        }
    }

    private func hear(_ event: String, _ payload: JSONValue, offset: String?) {
        guard let connection else { return }
        if event == "connected" {
            phase = .open
            isListening = true
            return ledger.connected(connection, at: moment)
        }
        if event == "error" { return lose() }
        if event == "notifications:gap" { onGap(payload) }
        // Another client of the user has marked something as read.
        if event == "notifications:changed" { return }
        // Live only, and nobody is owed it.
        if event == "support:ticket:changed" { return }
        world.tell(
            "\(name) receives \(event) \(payload["id"]?.stringValue ?? "")"
                + (payload["replayed"] == true ? ", replayed" : ""))
        ledger.receive(event, payload, on: connection, at: moment)
        if let id = payload["id"]?.stringValue {
            if kind.resumes { self.offset = offset ?? self.offset }
            onNotification(id)
            if marksAsRead, !isDeaf, world.random.chance(20) { markAsRead(id) }
        }
    }

    /// Marks it alone as read, or, if notifications came in order, all up to it.
    private func markAsRead(_ id: String) {
        let through = !kind.wantsUrgentFirst && world.random.chance(50)
        ledger.reads(kind.user, id, through: through)
        let payload: JSONValue = through ? ["through": .string(id)] : ["ids": [.string(id)]]
        let event: JSONValue = ["notifications:read", payload]
        send("42\(Self.namespace)," + String(decoding: event.encoded(), as: UTF8.self))
    }
}
