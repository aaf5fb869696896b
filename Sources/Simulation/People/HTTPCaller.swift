import Bytes
import HTTP
import JSON

/// A client that makes one request at a time over a kept connection, and connects again when it has to.
final class HTTPCaller {
    private let world: World
    private let internet: Internet
    private let address: IPAddress
    let server: IPAddress
    private var machine = HTTPClientMachine()
    private var end: WireEnd?
    private var outbox: [UInt8] = []
    private var answer: ((HTTPResponse?) -> Void)?
    /// The number of the current request. Whatever belongs to an earlier one is ignored.
    private var generation = 0

    init(_ world: World, _ internet: Internet, from address: IPAddress, to server: IPAddress) {
        self.world = world
        self.internet = internet
        self.address = address
        self.server = server
    }

    var isBusy: Bool { answer != nil }
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
            machine.receive(bytes.span)
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
}

extension HTTPResponse {
    /// The content as JSON, or null if it is not JSON.
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
}
