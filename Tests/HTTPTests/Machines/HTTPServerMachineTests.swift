import Bytes
import HTTP
import Testing

@Suite struct HTTPServerMachineTests {
    private let date = ServerConversation.date

    private func time(_ milliseconds: Int64) -> MonotonicTime { ServerConversation.time(milliseconds) }

    /// A machine that has received `text`.
    private func machine(after text: String, limits: HTTPLimits = HTTPLimits()) -> HTTPServerMachine {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        machine.receive(Array(text.utf8).span, now: time(0))
        return machine
    }

    private func path(_ event: HTTPServerEvent?) -> String? {
        if case .request(let request)? = event { request.path } else { nil }
    }

    private func status(_ event: HTTPServerEvent?) -> Int? {
        if case .fault(let fault)? = event { fault.status.rawValue } else { nil }
    }

    @discardableResult
    private func answer(_ machine: inout HTTPServerMachine, _ response: HTTPResponse = .text("hi")) -> String {
        var output: [UInt8] = []
        machine.respond(response, date: date, now: time(0), into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: Tables

    @Test(arguments: RequestCase.wellFormed)
    func `well-formed requests are read in every split`(_ request: RequestCase) {
        for pieces in ServerConversation.splits(of: request.bytes) {
            let events = ServerConversation.events(of: pieces)
            let end = events.contains { $0.hasSuffix(" close") } ? "closed" : "idle"
            #expect(
                events.joined(separator: "|") == request.expected + "|" + end, "in pieces of \(pieces.map(\.count))")
        }
    }

    @Test(arguments: RequestCase.malformed)
    func `malformed requests are refused in every split and nothing after them is read`(_ request: RequestCase) {
        let bytes = request.bytes + Array("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let whole = ServerConversation.events(of: [bytes[...]])
        #expect(
            whole.count == 2 && whole.first?.hasPrefix(request.expected + " ") == true && whole.last == "closed",
            "\(whole)")
        for pieces in ServerConversation.splits(of: bytes) {
            #expect(ServerConversation.events(of: pieces) == whole, "in pieces of \(pieces.map(\.count))")
        }
    }

    @Test(arguments: [
        ("GET  HTTP/1.1", "the request target is missing"), ("GET  / HTTP/1.1", "the request target is missing"),
        ("GET /?q=a b HTTP/1.1", "the request target contains a space, which must be written %20"),
        ("GET /a b?q HTTP/1.0", "the request target contains a space, which must be written %20"),
        ("GET /?q=#4 HTTP/1.1", "the request target contains a #, which must be written %23"),
        ("GET /?q=\u{7F} HTTP/1.1", "the request target contains a control character"),
        ("GET /\u{1}?q HTTP/1.1", "the request target contains a control character"),
        ("GET /?\u{E9}\u{1} HTTP/1.1", "the request target contains a control character"),
        ("GET /\u{E9}?q HTTP/1.1", "the path contains a byte that must be percent-encoded"),
        ("GET /a", "the request line does not end with a version"),
        ("GET / HTTP", "the request line does not end with a version"),
        ("GET /?%00 HTTP/1.1", "the query contains NUL"),
    ]) func `the message names what is wrong with a target`(_ line: String, _ message: String) {
        #expect(ServerConversation.events(ofText: "\(line)\r\nHost: a\r\n\r\n").first == "400 \(message)")
    }

    @Test func `a fault knows the origin of the page if that was read before it, in every split`() {
        let long = String(repeating: "a", count: 20_000)
        for (text, origin) in [
            ("GET / HTTP/1.1\r\nOrigin: http://b\r\nX : y\r\n\r\n", "http://b"),
            ("GET / HTTP/1.1\r\nX : y\r\nOrigin: http://b\r\n\r\n", nil),
            ("GET / HTTP/1.1\r\nHost: a\r\norigin: http://b\r\nHost: a\r\n\r\n", "http://b"),
            ("POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 2000000\r\n\r\n", "http://b"),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naa\r\n",
                "http://b"
            ),
            ("GET /%zz HTTP/1.1\r\nOrigin: http://b\r\n\r\n", nil),
        ] {
            for pieces in ServerConversation.splits(of: Array(text.utf8)) {
                #expect(origins(pieces) == [origin], "\(text)")
            }
        }
        #expect(origins([Array("GET / HTTP/1.1\r\nOrigin: http://b\r\nX: \(long)\r\n".utf8)[...]]) == ["http://b"])
        #expect(origins([Array("GET /\(long) HTTP/1.1\r\nOrigin: http://b\r\n".utf8)[...]]) == [nil])
        var slow = machine(after: "POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 2\r\n\r\n")
        _ = slow.nextEvent()
        let isAbandoned = slow.abandonRequest()
        #expect(isAbandoned && slow.faultOrigin == "http://b")
        let again = slow.abandonRequest()
        #expect(!again)
    }

    /// The origins of the faults that a machine finds.
    private func origins(_ pieces: [ArraySlice<UInt8>]) -> [String?] {
        var machine = machine(after: "")
        var origins: [String?] = []
        for piece in pieces {
            machine.receive(Array(piece).span, now: time(0))
            while let event = machine.nextEvent() {
                if case .fault = event { origins.append(machine.faultOrigin) }
                answer(&machine)
            }
        }
        return origins
    }

    @Test(arguments: [
        ("gzip", true), ("br", true), ("identity", false), ("Identity", false), ("", false), ("identity, gzip", true),
        ("x", true), ("identity,", false),
    ]) func `a request knows whether its content is encoded`(_ value: String, _ isEncoded: Bool) throws {
        let request = try HTTPRequest(method: .post, target: "/", fields: ["content-encoding": value], body: [1])
        #expect(request.hasContentCoding == isEncoded)
    }

    // MARK: The course of a connection

    @Test func `pipelined requests are read one by one in every split`() {
        let bytes = Array(
            """
            GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\
            POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
            POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n\
            \r\nGET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n\
            GET /5 HTTP/1.1\r\nHost: a\r\n\r\n
            """.utf8)
        for pieces in ServerConversation.splits(of: bytes) {
            #expect(
                ServerConversation.events(of: pieces) == [
                    "GET /1 [\"1\"] a", "POST /2 [\"2\"] a \"abc\"", "POST /3 [\"3\"] a \"de\"",
                    "GET /4 [\"4\"] a close", "closed",
                ])
        }
    }

    @Test func `the next request is read only after the answer`() {
        var machine = machine(after: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(path(machine.nextEvent()) == "/1")
        #expect(machine.nextEvent() == nil)
        #expect(machine.bufferedBytes > 0 && !machine.isIdle && machine.deadline == nil)
        answer(&machine)
        #expect(path(machine.nextEvent()) == "/2")
        answer(&machine)
        #expect(machine.isIdle && machine.bufferedBytes == 0 && !machine.wantsClose)
    }

    @Test func `no input is wanted while much waits after an unanswered request`() {
        var limits = HTTPLimits()
        limits.pipelinedBytesMax = 10
        var machine = machine(after: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT", limits: limits)
        #expect(machine.wantsInput)
        #expect(path(machine.nextEvent()) == "/1")
        #expect(machine.wantsInput)
        machine.receive(Array("T".utf8).span, now: time(0))
        #expect(!machine.wantsInput)
        answer(&machine)
        #expect(machine.wantsInput)
    }

    @Test func `requests before the end of input are answered`() {
        var machine = machine(after: "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        machine.inputClosed()
        #expect(path(machine.nextEvent()) == "/1" && !machine.wantsClose)
        #expect(!answer(&machine).contains("Connection"))
        #expect(path(machine.nextEvent()) == "/2" && !machine.wantsClose)
        #expect(answer(&machine).contains("Connection: close\r\n"))
        #expect(machine.nextEvent() == nil && machine.wantsClose)
    }

    @Test(arguments: [
        "", "G", "\r", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
    ]) func `input that ends within a request closes silently`(_ text: String) {
        var machine = machine(after: text)
        #expect(machine.nextEvent() == nil)
        machine.inputClosed()
        #expect(machine.nextEvent() == nil)
        #expect(machine.wantsClose && machine.bufferedBytes == 0 && machine.deadline == nil)
    }

    @Test func `bytes after the last response are dropped`() {
        var machine = machine(after: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = machine.nextEvent()
        answer(&machine)
        #expect(machine.wantsClose)
        machine.receive(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span, now: time(0))
        #expect(machine.nextEvent() == nil && machine.bufferedBytes == 0 && machine.wantsInput)
    }

    @Test func `the application can close the connection`() {
        var machine = machine(after: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = machine.nextEvent()
        #expect(answer(&machine, HTTPResponse(status: .ok, close: true)).contains("Connection: close\r\n"))
        #expect(machine.wantsClose)
    }

    @Test func `the connection closes after the maximum number of requests`() {
        var limits = HTTPLimits()
        limits.requestsPerConnectionMax = 2
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(
            ServerConversation.events(ofText: request + request + request, limits: limits)
                == ["GET / [] a", "GET / [] a", "closed"])
    }

    @Test func `draining closes after the current request`() {
        var machine = machine(after: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = machine.nextEvent()
        machine.drain()
        #expect(!machine.wantsClose)
        #expect(answer(&machine).contains("Connection: close\r\n"))
        #expect(machine.wantsClose)

        var idle = HTTPServerMachine(now: time(0))
        idle.drain()
        #expect(idle.wantsClose)
    }

    @Test func `an expectation is reported before the content arrives`() {
        var machine = machine(after: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        guard case .continueExpected? = machine.nextEvent() else {
            Issue.record("no 100 response was requested")
            return
        }
        #expect(machine.nextEvent() == nil)
        machine.receive(Array("hi".utf8).span, now: time(0))
        guard case .request(let request)? = machine.nextEvent() else {
            Issue.record("no request")
            return
        }
        #expect(request.body == Array("hi".utf8))
        #expect(String(decoding: HTTPServerMachine.continueBytes, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func `bytes after an upgrade are handed over`() {
        var machine = machine(
            after: "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}")
        _ = machine.nextEvent()
        let text = answer(&machine, HTTPResponse(status: .switchingProtocols, fields: ["Upgrade": "websocket"]))
        #expect(text.contains("Upgrade: websocket\r\n") && text.contains("Connection: Upgrade\r\n"))
        #expect(!text.contains("Content-Length") && text.hasSuffix("\r\n\r\n"))
        #expect(machine.isUpgraded && machine.nextEvent() == nil && machine.deadline == nil)
        #expect(machine.drainUpgradedBytes() == [1, 2])
        #expect(machine.drainUpgradedBytes() == [] && !machine.wantsClose)
    }

    @Test func `responses to HEAD have no content, even for a fault`() {
        var machine = machine(after: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /%zz HTTP/1.1\r\n")
        #expect(path(machine.nextEvent()) == "/")
        let text = answer(&machine)
        #expect(text.contains("Content-Length: 2\r\n") && text.hasSuffix("\r\n\r\n"))
        #expect(status(machine.nextEvent()) == 400)
        #expect(answer(&machine).hasSuffix("\r\n\r\n"))
    }

    @Test func `a request is reported as received`() throws {
        var machine = machine(after: "PATCH http://b/x?y=z HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n")
        guard case .request(let request)? = machine.nextEvent() else {
            Issue.record("no request")
            return
        }
        #expect(request.target == "http://b/x?y=z" && request.path == "/x" && request.query["y"] == "z")
        #expect(request.method == .patch && request.minorVersion == 1)
        #expect(request.fields["host"] == "b" && request.fields.values("X") == ["1", "2"])
    }
}
