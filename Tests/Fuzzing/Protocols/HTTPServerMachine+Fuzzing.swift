import Bytes
import HTTP
import SocketIO
import WebSocket

// The first byte chooses: bit 0 the small limits, bit 1 that time passes between the pieces, the others the pieces. The
// rest are the bytes that the peer sends.

extension FuzzMachine {
    /// The HTTP server, as it reads requests.
    static let httpServer = FuzzMachine(
        "http-server",
        words: HTTPWords.all,
        seeds: { HTTPWords.requests.flatMap { [[UInt8]($0).prefixed(by: 0), [UInt8]($0).prefixed(by: 3)] } },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = input.rest()
            var limits = HTTPLimits()
            if choice & 1 != 0 { limits = HTTPWords.smallLimits }
            if choice & 2 != 0 {
                var conversation = HTTPConversation(limits)
                conversation.runOverTime(wire.pieces(choice >> 2))
            } else {
                var whole = HTTPConversation(limits)
                whole.run([wire[...]])
                var split = HTTPConversation(limits)
                split.run(wire.pieces(choice >> 2))
                expect(whole.events == split.events, "the events do not depend on the pieces: \(whole.events)")
                expect(whole.output == split.output, "the answers do not depend on the pieces")
            }
        })
}

/// An event in a form that can be compared with another machine's.
private enum HTTPOccurrence: Equatable {
    case continueExpected
    case fault(HTTPFault)
    case request(HTTPMethod, String, minorVersion: Int, keepAlive: Bool, HTTPFields, [String], HTTPQuery, [UInt8])

    init(_ event: HTTPServerEvent) {
        switch event {
        case .continueExpected: self = .continueExpected
        case .fault(let fault): self = .fault(fault)
        case .request(let request):
            self = .request(
                request.method, request.target, minorVersion: request.minorVersion, keepAlive: request.keepAlive,
                request.fields, request.segments, request.query, request.body)
        }
    }
}

/// A machine's owner, which answers each request and checks the promises of the machine.
private struct HTTPConversation {
    let limits: HTTPLimits
    var machine: HTTPServerMachine
    var events: [HTTPOccurrence] = []
    var output: [UInt8] = []
    var now = MonotonicTime(milliseconds: 0)
    var received = 0

    init(_ limits: HTTPLimits) {
        self.limits = limits
        machine = HTTPServerMachine(limits: limits, now: now)
    }

    mutating func run(_ pieces: [ArraySlice<UInt8>]) {
        for piece in pieces { receive(piece) }
        machine.inputClosed()
        drainEvents()
        expect(machine.wantsClose || machine.isUpgraded, "the end of the input ends the connection")
    }

    /// Feeds the pieces with pauses between them, and meets every deadline.
    mutating func runOverTime(_ pieces: [ArraySlice<UInt8>]) {
        for (index, piece) in pieces.enumerated() {
            receive(piece)
            now = now.advanced(byMilliseconds: Int64(piece.first ?? 0) * (index.isMultiple(of: 3) ? 700 : 11))
            guard let deadline = machine.deadline, deadline <= now else { continue }
            switch machine.expire(now: now) {
            case .none: expect(false, "a deadline leads to an action")
            case .closeSilently: expect(machine.wantsClose, "a silent close is a close")
            case .fault(let fault): answer(fault.status, "\(fault.message)")
            }
            drainEvents()
            expect(machine.deadline.map { $0 > deadline } ?? true, "a deadline is met once")
        }
    }

    private mutating func receive(_ piece: ArraySlice<UInt8>) {
        received += piece.count
        machine.receive(piece.span, now: now)
        drainEvents()
        expect(machine.bufferedBytes <= received, "the machine holds no more than it has received")
        if machine.isUpgraded { _ = machine.drainUpgradedBytes() }
    }

    private mutating func drainEvents() {
        while let event = machine.nextEvent() {
            events.append(HTTPOccurrence(event))
            switch event {
            case .continueExpected: break
            case .fault(let fault):
                answer(fault.status, fault.message)
                expect(machine.wantsClose, "a fault ends the connection")
            case .request(let request):
                check(request)
                answer(.ok, request.path)
            }
        }
    }

    private mutating func answer(_ status: HTTPStatus, _ text: String) {
        machine.respond(
            .text(text, status: status), date: Timestamp(milliseconds: 1_736_678_000_000), now: now, into: &output)
    }

    private func check(_ request: HTTPRequest) {
        expect(request.body.count <= limits.bodyBytesMax, "content is within its limit")
        expect(request.fields.count <= limits.fieldCountMax + 1, "fields are within their limit")
        expect(request.target.utf8.count <= limits.requestTargetBytesMax, "a target is within its limit")
        expect(!request.segments.contains(".."), "a path never goes up")
        consult(request)
        writeAgain(request)
    }

    /// Runs everything that reads requests further on.
    private func consult(_ request: HTTPRequest) {
        let query = request.query.items.map { (name: $0.name, value: $0.value) }
        _ = try? EngineRequest(
            method: request.method.rawValue, query: query, isWebSocket: !request.upgradeProtocols.isEmpty)
        _ = try? WebSocketHandshake.response(to: request)
        _ = ConditionalRequest.evaluate(request.fields, method: request.method, current: EntityTag("1"))
        for field in request.fields {
            _ = request.fields.elements(field.name)
            _ = Timestamp(httpDate: field.value, near: Timestamp(milliseconds: 1_790_000_000_000))
        }
    }

    /// The request, written by our client, is read as the same request.
    private func writeAgain(_ request: HTTPRequest) {
        guard request.target.hasPrefix("/"), request.minorVersion == 1 else { return }
        var client = HTTPClientMachine()
        var wire: [UInt8] = []
        client.send(
            request.method, request.target, host: request.fields["Host"] ?? "a", fields: request.fields,
            body: request.body, into: &wire)
        var server = HTTPServerMachine(limits: HTTPWords.largeLimits, now: now)
        server.receive(wire.span, now: now)
        var event = server.nextEvent()
        if case .continueExpected? = event { event = server.nextEvent() }
        guard case .request(let again)? = event else {
            return expect(
                false, "a request survives writing and reading: \(String(decoding: wire, as: UTF8.self))")
        }
        // Our client encodes what others send raw in a query.
        let isASCII = request.target.utf8.allSatisfy { $0 < 0x80 }
        expect(again.method == request.method, "the method survives")
        expect(!isASCII || again.target == request.target, "the target survives")
        expect(again.segments == request.segments && again.query == request.query, "path and query survive")
        expect(again.body == request.body, "the content survives")
    }
}
