import Bytes
import HTTP
import WebSocket

// The first byte chooses: bits 0 and 1 the request that is answered, or many requests, bit 2 the small limits, the
// others the pieces. The rest is what the server sends.

extension FuzzMachine {
    static let httpClient = FuzzMachine(
        "http-client",
        words: HTTPWords.all,
        seeds: {
            HTTPWords.responses.flatMap { [[UInt8]($0).behind(0), [UInt8]($0).behind(2), [UInt8]($0).behind(3)] }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = input.rest()
            let split = responses(to: wire.pieces(choice >> 3), choice)
            // Whether a response was asked for when it came depends on the pieces.
            guard choice & 3 != 2 else { return }
            let whole = responses(to: [wire[...]], choice)
            expect(whole == split, "the same responses in whatever pieces: \(whole) \(split)")
        })

    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    /// An event, to be held against that of another machine.
    private enum Occurrence: Equatable {
        case response(HTTPStatus, HTTPFields, [UInt8], close: Bool)
        case fault(HTTPClientFault)
        case upgraded([UInt8])
    }

    private static func responses(to pieces: [ArraySlice<UInt8>], _ choice: UInt8) -> [Occurrence] {
        let limits = choice & 4 != 0 ? HTTPWords.smallLimits : HTTPLimits()
        var machine = HTTPClientMachine(limits: limits)
        var events: [Occurrence] = []
        func ask() {
            guard machine.isReady else { return }
            var request: [UInt8] = []
            let fields: HTTPFields = choice & 3 == 3 ? WebSocketHandshake.requestFields(key: key) : [:]
            let method: HTTPMethod = choice & 3 == 1 ? .head : choice & 3 == 2 ? .patch : .get
            machine.send(method, "/", host: "a", fields: fields, into: &request)
        }
        func takeEvents() {
            while let event = machine.nextEvent() {
                let response: HTTPResponse
                switch event {
                case .fault(let fault):
                    events.append(.fault(fault))
                    return expect(machine.wantsClose, "a fault ends the connection")
                case .response(let received): response = received
                }
                events.append(.response(response.status, response.fields, response.body, close: response.close))
                expect(response.body.count <= limits.bodyBytesMax, "content within its limit")
                _ = WebSocketHandshake.isAccepted(by: response, key: key)
                writeAgain(response)
                if choice & 3 == 2 { ask() }
            }
        }
        ask()
        var received = 0
        for piece in pieces {
            received += piece.count
            machine.receive(piece.span)
            takeEvents()
            expect(machine.bufferedBytes <= received, "no more is held than came")
        }
        machine.inputClosed()
        takeEvents()
        return events + [.upgraded(machine.takeUpgradedBytes())]
    }

    /// The response as a server of ours writes it is the same response.
    private static func writeAgain(_ response: HTTPResponse) {
        // 205 has no content when we write it (RFC 9110, section 15.3.6).
        guard !response.status.forbidsContent, response.status != .resetContent else { return }
        var wire: [UInt8] = []
        HTTPServerMachine.encode(response, date: Timestamp(milliseconds: 0), into: &wire)
        var client = HTTPClientMachine(limits: HTTPWords.largeLimits)
        var request: [UInt8] = []
        client.send(.get, "/", host: "a", into: &request)
        client.receive(wire.span)
        guard case .response(let again)? = client.nextEvent() else {
            return expect(
                false, "what was read can be written and read again: \(String(decoding: wire, as: UTF8.self))")
        }
        expect(again.status == response.status && again.body == response.body, "the same response")
    }
}
