import Foundation
import JSON
import Testing

extension EndToEnd {
    /// The rules of the wire protocols that a station must enforce.
    @Suite struct WireStrictness {
        /// Malformed requests: the fault, the request, and the status of its answer.
        private static let malformed: [(what: String, request: String, status: Int)] = [
            (
                "length and chunked",
                "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
            ),
            ("two lengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
            ("a list of lengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 4\r\n\r\nabcd", 400),
            ("a signed length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400),
            (
                "a length beyond 64 bits",
                "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413
            ),
            ("a folded field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400),
            ("a space before the colon", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", 400),
            ("NUL in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n", 400),
            ("bare LF in the fields", "GET /healthz HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n", 400),
            ("bare CR in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n", 400),
            ("no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400),
            ("two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            (
                "a malformed chunk size",
                "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400
            ),
            (
                "a chunk longer than its size",
                "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400
            ),
            (
                "a chunk size beyond 64 bits",
                "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400
            ),
            ("an unknown method", "BREW /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("a bad percent code", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("a long target", "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (
                "a long field",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: " + String(repeating: "a", count: 20_000) + "\r\n\r\n", 431
            ),
            (
                "many fields",
                "GET /healthz HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 120) + "\r\n", 431
            ),
            ("a long body", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", 413),
            ("no HTTP at all", "hello\r\n\r\n", 400),
        ]

        @Test func `a malformed request is answered with its status and closes the connection`() throws {
            try StationProcess.running { station in
                for (what, request, status) in Self.malformed {
                    let wire = try Wire(port: station.port)
                    // The request that follows must never be answered: somebody may have smuggled it in.
                    try wire.send(request + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try HTTPClient.readAnswer(from: wire)
                    #expect(answer.status == status, "\(what): \(answer.excerpt)")
                    #expect(answer.closes, "\(what)")
                    #expect(answer.json["statusCode"]?.integerValue == Int64(status), "\(what): \(answer.excerpt)")
                    #expect(wire.endsSilently(within: 10), "\(what)")
                }
                #expect(try station.client().get("/healthz").status == 200)
            }
        }

        @Test func `pipelined requests are answered in order, however they arrive`() throws {
            try StationProcess.running { station in
                let client = try station.logIn("driver@example.com")
                let count = 30
                var bytes: [UInt8] = []
                for index in 0..<count {
                    bytes += client.encoded(
                        "POST", "/api/v1/support", ["user_id": 1, "description": .string("Part \(index)")])
                }
                // Send in pieces that match no boundary.
                var start = 0
                while start < bytes.count {
                    let end = min(start + 37, bytes.count)
                    try client.send(raw: Array(bytes[start..<end]))
                    start = end
                }
                for index in 0..<count {
                    let answer = try client.answer(to: "POST")
                    #expect(answer.json["description"] == .string("Part \(index)"))
                }
                // A chunked body with extensions and a trailer, after Expect.
                let wire = try client.connection()
                let head = "POST /api/v1/support HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(client.token ?? "")\r\n"
                try wire.send(
                    head
                        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
                )
                #expect(try HTTPClient.readAnswer(from: wire).status == 100)
                try wire.send("b;x=y\r\n{\"user_id\":\r\n18\r\n1,\"description\":\"Chunk\"}\r\n0\r\nX-After: z\r\n\r\n")
                #expect(try HTTPClient.readAnswer(from: wire).json["description"] == "Chunk")
                // An HTTP/1.0 request closes the connection, and the absolute form works.
                try wire.send("GET http://a/healthz HTTP/1.1\r\nHost: b\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n")
                #expect(try HTTPClient.readAnswer(from: wire).status == 200)
                #expect(try HTTPClient.readAnswer(from: wire).status == 200)
                #expect(wire.endsSilently(within: 5))
            }
        }

        @Test func `slow and idle clients are cut off`() throws {
            let limits = [("head_timeout_millis", 400), ("body_timeout_millis", 400), ("idle_timeout_millis", 600)]
            try StationProcess.running(.init(limits: limits)) { station in
                let idle = try Wire(port: station.port)
                let slowHead = try Wire(port: station.port)
                try slowHead.send("GET /healthz HTTP/1.1\r\nHost:")
                let slowBody = try Wire(port: station.port)
                try slowBody.send("POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
                let dripping = try Wire(port: station.port)
                // One byte at a time does not buy more time.
                for byte in "GET /healthz HTTP/1.1\r\n".utf8 where !dripping.hasInput(within: 0.05) {
                    try dripping.send(bytes: [byte])
                }
                for wire in [slowHead, slowBody, dripping] {
                    let answer = try HTTPClient.readAnswer(from: wire)
                    #expect(answer.status == 408)
                    #expect(wire.endsSilently(within: 5))
                }
                #expect(idle.endsSilently(within: 5))
                #expect(try station.client().get("/healthz").status == 200)
            }
        }

        @Test func `a client that does not read is cut off and harms nobody`() throws {
            let limits = [("slow_client_timeout_millis", 1000), ("send_window_bytes_max", 16_384)]
            try StationProcess.running(.init(limits: limits)) { station in
                let client = try station.logIn("admin@example.com")
                let text = String(repeating: "x", count: 4000)
                for _ in 0..<50 {
                    #expect(
                        try client.request("POST", "/api/v1/support", ["user_id": 1, "description": .string(text)])
                            .status == 201)
                }
                let greedy = HTTPClient(port: station.port, token: client.token)
                let request = greedy.encoded("GET", "/api/v1/support")
                // Ask for far more answers than any socket buffer holds, and read none.
                for _ in 0..<200 where (try? greedy.send(raw: request)) == nil { break }
                for _ in 0..<50 { #expect(try client.get("/healthz").status == 200) }
                let deadline = Deadline(seconds: 15)
                while !deadline.isOver, (try? greedy.send(raw: [0x0A])) != nil { usleep(20_000) }
                #expect(!deadline.isOver, "the client was not cut off")
            }
        }

        @Test func `WebSockets follow the protocol`() throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                let target = "/notifications?token=\(token)"
                func open() throws -> WebSocketClient {
                    let client = try WebSocketClient(port: station.port, target: target)
                    _ = try client.receiveText()
                    return client
                }
                let client = try open()
                try client.send(opcode: 9, Array("are you there".utf8))
                #expect(try client.receive() == .pong(Array("are you there".utf8)))
                try client.sendClose(1000)
                #expect(try client.receive() == .close(code: 1000, reason: ""))
                #expect(client.wire.endsSilently(within: 5))

                let faults: [(what: String, code: Int, send: (WebSocketClient) throws -> Void)] = [
                    ("no mask", 1002, { try $0.send(opcode: 1, [0x7B, 0x7D], isMasked: false) }),
                    ("a reserved opcode", 1002, { try $0.send(opcode: 3, []) }),
                    ("a continuation of nothing", 1002, { try $0.send(opcode: 0, [0x61]) }),
                    ("a fragmented ping", 1002, { try $0.send(opcode: 9, [], isFinal: false) }),
                    ("a long ping", 1002, { try $0.send(opcode: 9, [UInt8](repeating: 0, count: 126)) }),
                    ("text that is not UTF-8", 1007, { try $0.send(opcode: 1, [0xC3, 0x28]) }),
                    ("a code that may not be sent", 1002, { try $0.sendClose(1005) }),
                    (
                        "a message too long", 1009,
                        { try $0.send(opcode: 1, [UInt8](repeating: 0x61, count: 1_100_000)) }
                    ),
                ]
                for (what, code, send) in faults {
                    let client = try open()
                    do { try send(client) } catch is Wire.Fault {}
                    guard case .close(let given, _) = try client.receive() else {
                        Issue.record("\(what): no close frame")
                        continue
                    }
                    #expect(given == code, "\(what)")
                }
                let (_, plain) = try WebSocketClient.ask(port: station.port, target: "/healthz")
                #expect(plain.status != 101)
                let old = try HTTPClient(port: station.port).get(
                    target,
                    fields: [
                        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "8"),
                        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                    ])
                #expect(old.status == 426 && old["Sec-WebSocket-Version"] == "13")
            }
        }

        @Test func `Engine.IO answers its faults and keeps sessions alive`() throws {
            let limits = [("ping_interval_millis", 300), ("ping_timeout_millis", 300), ("connect_timeout_millis", 700)]
            try StationProcess.running(.init(limits: limits)) { station in
                let client = station.client()
                let faults: [(String, String, String, Int64)] = [
                    ("GET", "?EIO=4&transport=carrier", "Transport unknown", 0),
                    ("GET", "?EIO=4&transport=polling&sid=none", "Session ID unknown", 1),
                    ("POST", "?EIO=4&transport=polling", "Bad handshake method", 2),
                    ("GET", "?EIO=4&transport=websocket", "Bad request", 3),
                    ("GET", "?EIO=3&transport=polling", "Unsupported protocol version", 5),
                ]
                for (method, query, message, code) in faults {
                    let answer = try client.request(method, "/socket.io/\(query)")
                    #expect(answer.status == 400, "\(query)")
                    #expect(
                        answer.json == ["code": .integer(code), "message": .string(message)],
                        "\(query): \(answer.excerpt)"
                    )
                }
                let token = try #require(try station.logIn("driver@example.com").token)
                for way in SocketIOClient.Way.allCases {
                    let alive = try SocketIOClient(port: station.port, token: token, way: way)
                    #expect(alive.opening["pingInterval"] == 300 && alive.opening["pingTimeout"] == 300)
                    try alive.connected()
                    for _ in 0..<3 {
                        #expect(try alive.nextPacket() == "2")
                        try alive.send("3")
                    }
                    // Without a pong the session ends.
                    #expect(try alive.nextPacket() == "2")
                    #expect((try? alive.nextMessage()) == nil)
                }
                let undecided = try SocketIOClient(port: station.port, way: .webSocket)
                #expect(undecided.isClosed(within: 5))
            }
        }
    }

    /// Separate from the others because it only waits.
    @Suite struct Patience {
        @Test func `a plain WebSocket has ten seconds to say who it is`() throws {
            try StationProcess.running { station in
                let client = try WebSocketClient(port: station.port, target: "/notifications")
                client.wire.patience = 15
                let start = ContinuousClock.now
                let refusal = try JSONParser.parse(client.receiveText())
                let waited = ContinuousClock.now - start
                #expect(refusal["event"] == "error")
                #expect(refusal["data"]?["message"] == "Authentication required")
                #expect(waited > .seconds(9) && waited < .seconds(14))
                guard case .close = try client.receive() else { return #expect(Bool(false), "no close frame") }
            }
        }
    }
}
