import Bytes
import HTTP
import JSON

/// A client that makes one request after another over a connection that it keeps, and makes anew when it must.
final class HTTPCaller {
    private let world: World
    private let internet: Internet
    private let address: IPAddress
    let server: IPAddress
    private var machine = HTTPClientMachine()
    private var end: WireEnd?
    private var outbox: [UInt8] = []
    private var answer: ((HTTPResponse?) -> Void)?
    /// Which request, or connection, is the present one: what belongs to an earlier one is not listened to.
    private var generation = 0

    init(_ world: World, _ internet: Internet, from address: IPAddress, to server: IPAddress) {
        self.world = world
        self.internet = internet
        self.address = address
        self.server = server
    }

    var isBusy: Bool { answer != nil }
    /// The present connection, for faults.
    var line: WireEnd? { end }

    /// Makes a request; `done` gets the answer, or nil where none came.
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

    /// Lets the connection go.
    func drop(reset: Bool = false) {
        end?.close(reset: reset)
        end = nil
        outbox = []
        machine = HTTPClientMachine()
    }

    /// Gives the present request up.
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
    /// The content as JSON; null where it is none.
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
}
