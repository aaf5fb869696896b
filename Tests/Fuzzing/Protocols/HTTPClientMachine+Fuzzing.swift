import Bytes
import HTTP
import WebSocket

// The first byte chooses: bits 0 and 1 the request that is answered, or many requests, bit 2 the small limits, the
// others the pieces. The rest are the bytes that the server sends.

extension FuzzMachine {
    /// The HTTP client, as it reads responses.
    static let httpClient = FuzzMachine(
        "http-client",
        words: HTTPWords.all,
        seeds: {
            HTTPWords.responses.flatMap {
                [[UInt8]($0).prefixed(by: 0), [UInt8]($0).prefixed(by: 2), [UInt8]($0).prefixed(by: 3)]
            }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = input.rest()
            let split = responses(to: wire.pieces(choice >> 3), choice)
            // With many requests, the pieces decide whether a response comes before its request.
            guard choice & 3 != 2 else { return }
            let whole = responses(to: [wire[...]], choice)
            expect(whole == split, "the responses do not depend on the pieces: \(whole) \(split)")
        })

    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    /// An event in a form that can be compared with another machine's.
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
        func drainEvents() {
            while let event = machine.nextEvent() {
                let response: HTTPResponse
                switch event {
                case .fault(let fault):
                    events.append(.fault(fault))
                    return expect(machine.wantsClose, "a fault ends the connection")
                case .response(let received): response = received
                }
                events.append(.response(response.status, response.fields, response.body, close: response.close))
                expect(response.body.count <= limits.bodyBytesMax, "content is within its limit")
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
            drainEvents()
            expect(machine.bufferedBytes <= received, "the machine holds no more than it has received")
        }
        machine.inputClosed()
        drainEvents()
        return events + [.upgraded(machine.drainUpgradedBytes())]
    }

    /// The response, written by our server, is read as the same response.
    private static func writeAgain(_ response: HTTPResponse) {
        // We write 205 without content (RFC 9110, section 15.3.6).
        guard !response.status.forbidsContent, response.status != .resetContent else { return }
        var wire: [UInt8] = []
        HTTPServerMachine.encode(response, date: Timestamp(milliseconds: 0), into: &wire)
        var client = HTTPClientMachine(limits: HTTPWords.largeLimits)
        var request: [UInt8] = []
        client.send(.get, "/", host: "a", into: &request)
        client.receive(wire.span)
        guard case .response(let again)? = client.nextEvent() else {
            return expect(
                false, "a response survives writing and reading: \(String(decoding: wire, as: UTF8.self))")
        }
        expect(
            again.status == response.status && again.body == response.body,
            "a response survives writing and reading unchanged")
    }
}
