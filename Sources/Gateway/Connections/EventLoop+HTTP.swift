import Bytes
import HTTP
import Platform
import WebSocket

/// Requests and their answers.
extension EventLoop {
    func stepHTTP(_ connection: Connection, _ http: HTTPStage) {
        while connection.isOpen, !http.isAnswerOwed, hasSendRoom(connection) {
            guard share.isLeft else { return connections.markActive(connection) }
            guard let event = http.machine.nextEvent() else { break }
            share.spend()
            switch event {
            case .request(let request): answer(request, on: connection, http)
            case .continueExpected:
                queue(HTTPServerMachine.continueBytes, on: connection)
            case .fault(let fault):
                refuse(connection, http, with: http.refusal ?? ErrorBody.response(fault.status, fault.message))
            }
            guard case .http(let current) = connection.stage, current === http else { return }
        }
        if http.machine.wantsClose { finish(connection) }
    }

    /// Answers what is no request, or not a whole one. The page that sent it may read why.
    func refuse(_ connection: Connection, _ http: HTTPStage, with response: HTTPResponse) {
        var response = response
        response.close = true
        response.forbidCachingUnlessSaid()
        settings.crossOrigin.apply(to: &response, origin: http.machine.faultOrigin)
        queue(response, on: connection, http)
    }

    private func answer(_ request: HTTPRequest, on connection: Connection, _ http: HTTPStage) {
        http.isAnswerOwed = true
        share.charge(bytes: request.body.count)
        http.origin = request.fields["Origin"]
        if connection.kind == .proxied { noteClient(of: request, on: connection, http) }
        if let refusal = http.refusal { return respond(to: connection.id, with: refusal, after: .nothing) }
        if request.hasContentCoding && !request.body.isEmpty {
            return respond(to: connection.id, with: ErrorBody.unsupportedCoding(), after: .nothing)
        }
        // A proxy has TLS of its own, and metrics may have a listener without.
        if securePort != nil, connection.secure == nil, connection.kind == .client,
            let response = plainRefusal(of: request)
        {
            return respond(to: connection.id, with: response, after: .nothing)
        }
        if let response = settings.crossOrigin.preflight(for: request) {
            return respond(to: connection.id, with: response, after: .nothing)
        }
        // With or without the last slash, as in the reference server.
        if connection.use == .clients, let endpoint = settings.endpoints.first(where: { request.isAt($0.path) }) {
            return handleEngineRequest(request, at: endpoint, on: connection, http)
        }
        let exchange = Exchange(connection: connection.id, peer: connection.peer, use: connection.use)
        switch service.requests.answer(request, from: exchange, through: self, now: now) {
        case .response(let response, let dependency):
            respond(to: connection.id, with: response, after: dependency)
        case .later: break
        case .webSocket(let endpoint):
            guard let response = upgrade(connection, request) else { return }
            let limits = WebSocketLimits(messageBytesMax: endpoint.messageBytesMax)
            let plain = PlainWebSocket(endpoint: endpoint, openedAt: now.monotonic)
            become(.plain(plain), limits: limits, connection, http, answering: response)
            service.presence?.webSocketOpened(
                connection.id, endpoint: endpoint, request: request, through: self, now: now)
        }
    }

    /// Queues the answer that a request is owed, or does nothing if the client is gone.
    public func respond(
        to id: ConnectionID, with response: HTTPResponse, after dependency: Dependency = .everything
    ) {
        guard let connection = connections[id], case .http(let http) = connection.stage, http.isAnswerOwed
        else { return }
        var response = response
        response.forbidCachingUnlessSaid()
        settings.crossOrigin.apply(to: &response, origin: http.origin)
        share.charge(bytes: response.body.count)
        queue(response, on: connection, http, after: pendingEvent(of: dependency))
        // The next request may be waiting.
        if connection.isOpen, http.machine.bufferedBytes > 0 { connections.markActive(connection) }
    }

    func queue(
        _ response: HTTPResponse, on connection: Connection, _ http: HTTPStage, after sequence: UInt64? = nil
    ) {
        queue(on: connection, after: sequence) { bytes in
            http.machine.respond(response, date: now.wall, now: now.monotonic, into: &bytes)
        }
        http.isAnswerOwed = false
        http.origin = nil
        http.engineClient = nil
        if connection.kind == .proxied { forgetClient(on: connection, http) }
        if http.machine.wantsClose { finish(connection) } else { arm(connection) }
    }

    func expireHTTP(_ connection: Connection, _ http: HTTPStage) {
        switch http.machine.expire(now: now.monotonic) {
        case .none: break
        case .fault(let fault): refuse(connection, http, with: ErrorBody.response(fault.status, fault.message))
        case .closeSilently: finish(connection)
        }
    }

    // MARK: Becoming a WebSocket

    /// The 101 response to a WebSocket handshake; nil if the handshake has a fault, which was answered.
    func upgrade(_ connection: Connection, _ request: HTTPRequest) -> HTTPResponse? {
        do {
            let response = try WebSocketHandshake.response(to: request)
            // From here on it carries one client alone.
            if connection.kind == .proxied, let refusal = assign(connection, to: connection.peer) {
                respond(to: connection.id, with: refusal, after: .nothing)
                return nil
            }
            return response
        } catch {
            var response = ErrorBody.response(error.status, error.message)
            for (name, value) in error.fields { response.fields.set(name, value) }
            respond(to: connection.id, with: response, after: .nothing)
            return nil
        }
    }

    func become(
        _ owner: WebSocketStage.Owner, limits: WebSocketLimits, _ connection: Connection, _ http: HTTPStage,
        answering response: HTTPResponse
    ) {
        queue(on: connection) { bytes in
            http.machine.respond(response, date: now.wall, now: now.monotonic, into: &bytes)
        }
        http.isAnswerOwed = false
        let early = http.machine.drainUpgradedBytes()
        let webSocket = WebSocketStage(machine: WebSocketMachine(role: .server, limits: limits), owner: owner)
        if case .plain(let plain) = owner, let interval = plain.endpoint.pingIntervalMillis {
            plain.pingDeadline = now.monotonic.advanced(byMilliseconds: interval)
        }
        connection.stage = .webSocket(webSocket)
        if !early.isEmpty {
            webSocket.machine.receive(early.span)
            connections.markActive(connection)
        }
        arm(connection)
    }
}
