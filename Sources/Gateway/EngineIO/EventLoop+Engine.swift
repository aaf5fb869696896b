import Bytes
import HTTP
import Platform
import SocketIO
import WebSocket

/// Engine.IO over HTTP requests and WebSockets: the loop feeds input to the session and performs the session's actions.
extension EventLoop {
    /// Longer credentials are not kept with a session, which lasts longer than its request.
    private static let credentialsBytesMax = 4096

    func handleEngineRequest(
        _ request: HTTPRequest, at endpoint: GatewaySettings.EngineEndpoint, on connection: Connection,
        _ http: HTTPStage
    ) {
        let isWebSocket = request.upgradeProtocols.contains { ASCII.equalIgnoringCase($0, "websocket") }
        let method = request.method.rawValue.uppercased()
        do {
            let engineRequest = try EngineRequest(
                method: method, query: request.query.items.map { ($0.name, $0.value) }, isWebSocket: isWebSocket)
            if case .open = engineRequest, let refusal = refusalOfSession(of: connection.peer) {
                return respond(to: connection.id, with: refusal, after: .nothing)
            }
            switch engineRequest {
            case .open(.polling):
                let client = makeClient(at: endpoint, .polling, on: connection, request)
                http.engineClient = client
                pump(client)
            case .open(.webSocket):
                guard let response = upgrade(connection, request) else { return }
                let client = makeClient(at: endpoint, .webSocket, on: connection, request)
                become(.engine(client), limits: Self.limits(of: endpoint), connection, http, answering: response)
                pump(client)
            case .poll(let session):
                let client = try knownClient(session, at: endpoint, on: connection)
                http.engineClient = client
                client.engine.pollArrived(connection.id.rawValue, now: now.monotonic)
                pump(client)
            case .post(let session):
                let client = try knownClient(session, at: endpoint, on: connection)
                http.engineClient = client
                client.engine.postArrived(connection.id.rawValue, body: request.body, now: now.monotonic)
                pump(client)
            case .webSocket(let session):
                let client = try knownClient(session, at: endpoint, on: connection)
                guard let response = upgrade(connection, request) else { return }
                become(.engine(client), limits: Self.limits(of: endpoint), connection, http, answering: response)
                client.engine.webSocketArrived(connection.id.rawValue, now: now.monotonic)
                pump(client)
            }
        } catch {
            respond(to: connection.id, with: .json(HTTPStatus(rawValue: error.status), error.body), after: .nothing)
        }
    }

    private func knownClient(
        _ session: String, at endpoint: GatewaySettings.EngineEndpoint, on connection: Connection
    ) throws(EngineHandshakeFault) -> EngineClient {
        guard let name = RandomName(session), let client = sessions[name], client.path == endpoint.path else {
            throw .unknownSession
        }
        // Only the session's client knows its name.
        if client.isAuthenticated { noteAuthenticated(connection.id) }
        return client
    }

    private static func limits(of endpoint: GatewaySettings.EngineEndpoint) -> WebSocketLimits {
        // A binary Engine.IO message carries its payload alone, a text message one more byte for its type.
        WebSocketLimits(messageBytesMax: endpoint.engine.maxPayload)
    }

    private func makeClient(
        at endpoint: GatewaySettings.EngineEndpoint, _ transport: EngineTransport, on connection: Connection,
        _ request: HTTPRequest
    ) -> EngineClient {
        let name = makeName()
        let session = EngineSession(
            id: name.description, transport: transport, connection: connection.id.rawValue, settings: endpoint.engine,
            now: now.monotonic)
        let socketIO = endpoint.socketIO.map { SocketIOSession(settings: $0, now: now.monotonic) }
        let client = EngineClient(
            name: name, engine: session, socketIO: socketIO, path: endpoint.path, peer: connection.peer,
            authorization: Self.kept(request.fields["Authorization"]), queryToken: Self.kept(request.query["token"]))
        sessions.insert(client, turn: turnCount)
        return client
    }

    private static func kept(_ credentials: String?) -> String? {
        guard let credentials, credentials.utf8.count <= credentialsBytesMax else { return nil }
        return credentials
    }

    // MARK: From connections

    func engineReceived(_ message: WebSocketMessage, on connection: Connection, of client: EngineClient) {
        switch message {
        case .text(let text):
            client.engine.webSocketReceived(text, isBinary: false, from: connection.id.rawValue, now: now.monotonic)
        case .binary(let bytes):
            client.engine.webSocketReceived(bytes, isBinary: true, from: connection.id.rawValue, now: now.monotonic)
        }
        pump(client)
    }

    func webSocketGone(_ connection: Connection, of client: EngineClient) {
        client.engine.webSocketGone(connection.id.rawValue, now: now.monotonic)
        pump(client)
    }

    func pollGone(_ connection: Connection, of client: EngineClient) {
        client.engine.pollGone(connection.id.rawValue)
        client.engine.postGone(connection.id.rawValue)
        pump(client)
    }

    func expireSession(of client: EngineClient) {
        client.timer = nil
        client.engine.expire(now: now.monotonic)
        client.socketIO?.expire(now: now.monotonic)
        pump(client)
    }

    func closeForDrain(_ client: EngineClient) {
        client.engine.close(.serverShutdown, now: now.monotonic)
        pump(client)
    }

    // MARK: Actions

    /// Performs the actions of a client's sessions until there are none.
    func pump(_ client: EngineClient) {
        guard !client.isPumping else { return }
        client.isPumping = true
        defer { client.isPumping = false }
        if let held = deferred.removeAction(of: client) {
            switch held {
            case .engine(let action): performEngineAction(action, for: client)
            case .socketIO(let action): performSocketAction(action, for: client)
            }
        }
        // A payload may hold many messages, so they count towards the client's share. The rest waits for the next turn.
        while !client.isHeld {
            // What a message leads to comes before the next message.
            if let action = client.socketIO?.nextAction() {
                guard mayPerform(isCounted: Self.isForService(action)) else {
                    deferred.postpone(.socketIO(action), of: client)
                    break
                }
                performSocketAction(action, for: client)
            } else if let action = client.engine.nextAction() {
                var isCounted = Self.isForService(action, of: client)
                if case .message = action { isCounted = true }
                guard mayPerform(isCounted: isCounted) else {
                    deferred.postpone(.engine(action), of: client)
                    break
                }
                performEngineAction(action, for: client)
            } else {
                break
            }
        }
        noteRoom(for: client)
        countOutput(of: client)
        armEngine(client)
    }

    /// Whether an action may be performed in this turn.
    ///
    /// - Parameter isCounted: whether it counts towards the client's share.
    private func mayPerform(isCounted: Bool) -> Bool {
        guard isCounted else { return true }
        guard share.isLeft else { return false }
        share.spend()
        return true
    }

    /// Does the same within a call of the service, but holds the first action that is meant for the service. That
    /// action and all that follow it wait until `resolveDeferred`.
    func settle(_ client: EngineClient) {
        guard !client.isPumping, !client.isHeld else { return }
        client.isPumping = true
        defer { client.isPumping = false }
        while !client.isHeld {
            if let action = client.engine.nextAction() {
                if Self.isForService(action, of: client) {
                    deferred.hold(.engine(action), of: client)
                } else {
                    performEngineAction(action, for: client)
                }
            } else if let action = client.socketIO?.nextAction() {
                if Self.isForService(action) {
                    deferred.hold(.socketIO(action), of: client)
                } else {
                    performSocketAction(action, for: client)
                }
            } else {
                break
            }
        }
        noteRoom(for: client)
        countOutput(of: client)
        armEngine(client)
    }

    private static func isForService(_ action: EngineAction, of client: EngineClient) -> Bool {
        switch action {
        case .message: client.socketIO == nil
        case .pong: true
        case .answer, .sendWebSocket, .closeWebSocket, .upgraded, .closed: false
        }
    }

    private static func isForService(_ action: SocketIOAction) -> Bool {
        switch action {
        case .connect, .event, .acknowledgement, .disconnected: true
        case .send, .close: false
        }
    }

    private func performEngineAction(_ action: EngineAction, for client: EngineClient) {
        switch action {
        case .answer(let connection, let answer):
            var response = HTTPResponse(status: HTTPStatus(rawValue: answer.status))
            response.fields.set("Content-Type", answer.contentType)
            response.body = answer.body
            let dependency = Dependency.event(client.lastReferredEvent)
            respond(to: ConnectionID(rawValue: connection), with: response, after: dependency)
        case .sendWebSocket(let connection, let packet):
            sendPacket(packet, of: client, to: ConnectionID(rawValue: connection))
        case .closeWebSocket(let connection):
            closeWebSocket(ConnectionID(rawValue: connection), .normalClosure, reason: "")
        case .message(let packet):
            if client.socketIO != nil {
                client.socketIO?.receive(packet)
            } else {
                service.engine?.engineReceived(packet, from: client, through: self, now: now)
            }
        case .pong(let ping): service.delivery?.clientPonged(client, ping: ping, through: self, now: now)
        case .upgraded: break
        case .closed(let reason):
            sessions.remove(client)
            client.socketIO?.engineClosed(reason)
        }
    }

    /// Sends a packet in a frame of its own.
    private func sendPacket(_ packet: EnginePacket, of client: EngineClient, to id: ConnectionID) {
        var frame: [UInt8] = []
        WebSocketFrame.encode(packet.isBinary ? .binary : .text, packet.bytes, into: &frame)
        sendFrames(frame, to: id, after: .event(client.lastReferredEvent))
    }

    private func performSocketAction(_ action: SocketIOAction, for client: EngineClient) {
        switch action {
        case .send(let packet): client.engine.send(packet)
        case .connect(let namespace, let auth):
            let socket = Socket(client: client, namespace: namespace)
            service.sockets?.socketConnecting(socket, auth: auth, through: self, now: now)
        case .event(let event):
            let socket = Socket(client: client, namespace: event.namespace)
            service.sockets?.socketReceived(event, from: socket, through: self, now: now)
        case .acknowledgement(let namespace, let id, _, _):
            let socket = Socket(client: client, namespace: namespace)
            service.delivery?.socketAcknowledged(socket, id: id, through: self, now: now)
        case .disconnected(let namespace, let reason):
            let socket = Socket(client: client, namespace: namespace)
            service.presence?.socketDisconnected(socket, reason: reason.text, through: self, now: now)
        case .close(let reason): client.engine.close(reason, now: now.monotonic)
        }
    }

    private func armEngine(_ client: EngineClient) {
        guard sessions[client.name] === client, var deadline = client.engine.deadline else { return }
        if let other = client.socketIO?.deadline { deadline = min(deadline, other) }
        if let timer = client.timer, timer <= deadline { return }
        client.timer = deadline
        timers.set(deadline, for: .engine(client.name))
    }
}
