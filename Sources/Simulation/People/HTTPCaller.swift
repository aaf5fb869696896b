import Bytes
import HTTP
import JSON

/// A client that makes one request at a time over a kept connection, and connects again when it has to. A request may
/// have a second one sent right behind it.
final class HTTPCaller {
    private let world: World
    private let internet: Internet
    private let address: IPAddress
    let server: IPAddress
    private var machine = HTTPClientMachine()
    private var end: WireEnd?
    private var outbox: [UInt8] = []
    private var answer: ((HTTPResponse?) -> Void)?
    /// The request that was sent behind the present one.
    private var follower: (machine: HTTPClientMachine, answer: (HTTPResponse?) -> Void)?
    /// The number of the current request. Whatever belongs to an earlier one is ignored.
    private var generation = 0

    init(_ world: World, _ internet: Internet, from address: IPAddress, to server: IPAddress) {
        self.world = world
        self.internet = internet
        self.address = address
        self.server = server
    }

    var isBusy: Bool { answer != nil }
    /// Whether the next request goes over the present connection.
    var isConnected: Bool { end?.failure == nil && end != nil && machine.isReady }
    /// The current connection, for faults.
    var line: WireEnd? { end }

    /// Makes a request and calls `done` with the response, or with nil if none comes within `patienceMicros`.
    func request(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:], _ body: [UInt8] = [],
        patienceMicros: Int64, done: @escaping (HTTPResponse?) -> Void
    ) {
        generation += 1
        let number = generation
        answer = done
        world.after(patienceMicros) { [weak self] in
            guard let self, generation == number, answer != nil else { return }
            drop()
            finish(nil)
        }
        if let end, end.failure == nil, machine.isReady {
            send(method, target, fields, body)
            return
        }
        drop()
        machine = HTTPClientMachine()
        internet.connect(from: address, to: server, port: Appliance.port) { [weak self] outcome in
            guard let self, generation == number, answer != nil else {
                if case .success(let end) = outcome { end.close(reset: false) }
                return
            }
            guard case .success(let end) = outcome else { return finish(nil) }
            self.end = end
            end.onReady = { [weak self] in self?.advance() }
            send(method, target, fields, body)
        }
    }

    /// Sends a second request behind the one under way, without waiting for that one's answer. `done` gets nil if the
    /// connection ends before.
    func follow(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields, done: @escaping (HTTPResponse?) -> Void
    ) {
        guard end != nil, follower == nil else { return done(nil) }
        var second = HTTPClientMachine()
        second.send(method, target, host: "station", fields: fields, body: [], into: &outbox)
        follower = (second, done)
        advance()
    }

    /// Closes the connection.
    func drop(reset: Bool = false) {
        end?.close(reset: reset)
        end = nil
        outbox = []
        machine = HTTPClientMachine()
    }

    /// Gives up the current request.
    func abort() {
        drop()
        finish(nil)
    }

    private func send(_ method: HTTPMethod, _ target: String, _ fields: HTTPFields, _ body: [UInt8]) {
        machine.send(method, target, host: "station", fields: fields, body: body, into: &outbox)
        advance()
    }

    private func finish(_ response: HTTPResponse?) {
        guard let done = answer else { return }
        answer = nil
        if let follower {
            self.follower = nil
            if end == nil {
                done(response)
                return follower.answer(nil)
            }
            machine = follower.machine
            answer = follower.answer
        }
        done(response)
    }

    private func advance() {
        guard let end else { return }
        if end.failure != nil {
            drop()
            return finish(nil)
        }
        if !outbox.isEmpty, let count = end.send(outbox) { outbox.removeFirst(count) }
        while let bytes = end.receive(16 * 1024) {
            if bytes.isEmpty {
                machine.inputClosed()
                break
            }
            receive(bytes)
        }
        while let event = machine.nextEvent() {
            switch event {
            case .response(let response):
                if response.close { drop() }
                finish(response)
                return
            case .fault:
                drop()
                return finish(nil)
            }
        }
        if machine.wantsClose {
            drop()
            finish(nil)
        }
    }

    /// Gives the bytes to the request whose answer they belong to. While another follows, byte by byte: what comes
    /// after an answer belongs to the next.
    private func receive(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while follower != nil, let byte = rest.popFirst() {
            machine.receive([byte].span)
            guard let event = machine.nextEvent() else { continue }
            switch event {
            case .response(let response):
                if response.close { drop() }
                finish(response)
                if response.close { return }
            case .fault:
                drop()
                return finish(nil)
            }
        }
        machine.receive(Array(rest).span)
    }
}

extension HTTPResponse {
    /// The content as JSON, or null if it is not JSON.
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
}
