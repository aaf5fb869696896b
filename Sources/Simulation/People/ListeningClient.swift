import Bytes
import HTTP
import JSON
import WebSocket

/// A client that wants to hear everything: it connects, listens, and whenever its connection is lost, connects again.
final class ListeningClient {
    enum Way: String, CaseIterable {
        case polling, webSocket, plain
        /// As the stock clients do: it begins by polling and goes over to a WebSocket as soon as it can.
        case upgrade
    }

    /// What kind of client it is.
    struct Kind {
        var user: Int64
        var way: Way
        var acknowledges = false
        var recovers = false
        /// Marks what it has heard as read, now and then.
        var reads = false
        /// Wants the urgent ones first of what it has missed.
        var wantsUrgentFirst = false
        /// How long it thinks at most before it looks at what has come, in microseconds.
        var pauseMicrosMax: Int64 = 0
    }

    /// What carries its packets, for one that begins by polling.
    private enum Transport {
        case polling
        /// The WebSocket is being tried.
        case probing
        /// The WebSocket carries; what is under way by polling comes to its end first.
        case pausing
        case webSocket
    }

    private enum Phase {
        case away
        /// It connects, or is about to.
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
    /// After so long without a word from the station its connection is given up, in microseconds.
    private let silenceMicrosMax: Int64

    private var phase = Phase.away
    /// The number of the present connection: what belongs to an earlier one is of no interest.
    private var generation = 0
    /// Whether it marks things as read at present.
    var marksAsRead: Bool
    private var isWanted = false
    private var isDeaf = false
    private(set) var isListening = false
    /// The present one, as the ledger knows it.
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
    /// Called when it is told that something is missing.
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

    // MARK: What happens to it

    func comeBack() {
        isWanted = true
        if phase == .away { connect() }
    }

    /// It lets its connection go, and stays away.
    func goAway(reset: Bool = false) {
        isWanted = false
        leave(reset: reset)
    }

    /// Its connection breaks; it notices, and makes another.
    func breakLine() {
        for line in lines { line.breakDown() }
    }

    /// Its connection hangs without a word. It finds out by itself, or when it has waited too long.
    func silenceLine() {
        for line in lines { line.silence() }
    }

    /// It answers no more pings on this connection.
    func becomeDeaf() { isDeaf = true }

    /// A backup was put back: what it could go on from is of no use.
    func forget() {
        pid = nil
        offset = nil
        guard lines.isEmpty, connection != nil else { return breakLine() }
        // It was about to connect, and will, to the station as it is then.
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
        // To one that acknowledges, what its user has acknowledged elsewhere does not come again.
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

    /// Without it a client that is still probing goes on as before.
    private func loseWebSocket() {
        guard kind.way == .upgrade, transport == .probing else { return lose() }
        end?.close(reset: false)
        end = nil
        webSocket = nil
        transport = .polling
    }

    /// Gives the connection up where nothing has been heard for too long.
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

    /// The connection is no more: another one is made in a moment.
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
            machine.receive(handshake.takeUpgradedBytes().span)
            webSocket = machine
            if kind.way == .upgrade { sendFrame("2probe") }
        }
        let number = generation
        while let event = webSocket?.nextEvent() {
            take(event)
            guard generation == number else { return }
        }
        flush()
        if hasEnded || webSocket?.isClosed == true { loseWebSocket() }
    }

    private func take(_ event: WebSocketEvent) {
        switch event {
        case .text(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            switch (kind.way, transport) {
            case (.plain, _): takeFrame(text)
            case (.upgrade, .probing):
                guard text == "3probe" else { return loseWebSocket() }
                transport = .pausing
                goOver()
            default: takePacket(text)
            }
        case .ping:
            // A deaf one answers nothing: neither this ping nor what comes later.
            if isDeaf {
                end?.onReady = {}
            } else {
                webSocket?.takeReplies(into: &outbox, masking: &world.random)
            }
        case .close, .failure: webSocket?.takeReplies(into: &outbox, masking: &world.random)
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
        guard transport != .pausing else { return goOver() }
        let target = "/socket.io/?EIO=4&transport=polling" + (session.isEmpty ? "" : "&sid=\(session)")
        poll.request(.get, target, patienceMicros: silenceMicrosMax) { [weak self] response in
            guard let self, generation == number else { return }
            guard let response, response.status == .ok else { return lose() }
            lastHeard = world.now
            for packet in response.body.split(separator: 0x1E) {
                takePacket(String(decoding: packet, as: UTF8.self))
                guard generation == number else { return }
            }
            // A client thinks before it asks again.
            world.after(world.random.number(0...max(1, kind.pauseMicrosMax))) { [weak self] in
                self?.pollOnce(number)
            }
        }
    }

    private func postUnsent() {
        guard let post, !post.isBusy, !session.isEmpty, transport != .pausing else { return goOver() }
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

    /// Goes over once nothing is under way by polling.
    private func goOver() {
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

    private func takeFrame(_ text: String) {
        guard let frame = try? JSONParser.parse(Array(text.utf8)), let event = frame["event"]?.stringValue else {
            return ledger.note(fault: "\(name) received no frame: \(text)")
        }
        hear(event, frame["data"] ?? .null, offset: nil)
    }

    private func takePacket(_ text: String) {
        switch text.utf8.first {
        case 0x30:
            let opening = (try? JSONParser.parse(Array(text.utf8.dropFirst()))) ?? .null
            session = opening["sid"]?.stringValue ?? ""
            probe()
            var auth: JSONObject = ["token": .string(token())]
            if kind.acknowledges { auth["acknowledgements"] = true }
            if kind.recovers { auth["recovery"] = true }
            if kind.wantsUrgentFirst { auth["order"] = "priority" }
            if kind.recovers, let pid { auth["pid"] = .string(pid) }
            if kind.recovers, let offset { auth["offset"] = .string(offset) }
            send("40\(Self.namespace)," + String(decoding: JSONValue.object(auth).encoded(), as: UTF8.self))
        case 0x32: if !isDeaf { send("3") }
        case 0x36: break
        case 0x34: takeMessage(Array(text.utf8))
        default: lose()
        }
    }

    /// A Socket.IO packet within an Engine.IO message: `4`, type, namespace, comma, a number, JSON.
    private func takeMessage(_ bytes: [UInt8]) {
        let prefix = Array("\(Self.namespace),".utf8)
        guard bytes.count >= 2 + prefix.count, bytes[2..<(2 + prefix.count)].elementsEqual(prefix) else {
            // The server has ended this session's namespace, or refused it.
            return lose()
        }
        let rest = bytes[(2 + prefix.count)...]
        let digits = rest.prefix { $0.isASCIIDigit }
        let content = (try? JSONParser.parse(Array(rest.dropFirst(digits.count)))) ?? .null
        switch bytes[1] {
        case 0x30:
            guard kind.recovers, let given = content["pid"]?.stringValue else { return }
            if let pid, pid != given { ledger.note(fault: "\(name)'s pid \(pid) became \(given)") }
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
        world.tell(
            "\(name) hears \(event) \(payload["id"]?.stringValue ?? "") \(payload["replayed"] == true ? "again" : "")")
        ledger.receive(event, payload, on: connection, at: moment)
        if let id = payload["id"]?.stringValue {
            if kind.recovers { self.offset = offset ?? self.offset }
            onNotification(id)
            if marksAsRead, !isDeaf, world.random.chance(20) { markAsRead(id) }
        }
    }

    /// It alone, or all up to it, where all that has come.
    private func markAsRead(_ id: String) {
        let through = !kind.wantsUrgentFirst && world.random.chance(50)
        ledger.reads(kind.user, id, through: through)
        let payload: JSONValue = through ? ["through": .string(id)] : ["ids": [.string(id)]]
        let event: JSONValue = ["notifications:read", payload]
        send("42\(Self.namespace)," + String(decoding: event.encoded(), as: UTF8.self))
    }
}
