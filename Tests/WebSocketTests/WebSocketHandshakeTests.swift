import Bytes
import HTTP
import Testing
import WebSocket

@Suite struct WebSocketHandshakeTests {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    /// The request of RFC 6455, section 1.3, with changed fields; nil removes one.
    func request(
        _ changes: [(String, String?)] = [], method: HTTPMethod = .get, minorVersion: Int = 1
    ) throws -> HTTPRequest {
        var fields: HTTPFields = [
            "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": Self.key, "Origin": "http://example.com",
            "Sec-WebSocket-Protocol": "chat, superchat", "Sec-WebSocket-Extensions": "permessage-deflate",
            "Sec-WebSocket-Version": "13",
        ]
        for (name, value) in changes { fields[name] = value }
        return try HTTPRequest(method: method, target: "/chat", fields: fields, minorVersion: minorVersion)
    }

    func fault(
        _ changes: [(String, String?)] = [], method: HTTPMethod = .get, minorVersion: Int = 1
    ) throws -> WebSocketHandshakeFault? {
        let request = try request(changes, method: method, minorVersion: minorVersion)
        do throws(WebSocketHandshakeFault) {
            _ = try WebSocketHandshake.response(to: request)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the example of the standard is answered`() throws {
        #expect(WebSocketHandshake.accept(forKey: Self.key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let response = try WebSocketHandshake.response(to: request())
        #expect(response.status == .switchingProtocols)
        #expect(response.body.isEmpty && !response.close)
        #expect(
            response.fields == [
                "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            ])
    }

    @Test func `handshakes of real clients are accepted`() throws {
        let table: [[(String, String?)]] = [
            [("Upgrade", "WebSocket")],
            [("Upgrade", "foo, websocket")],
            [("Connection", "keep-alive, Upgrade")],
            [("Connection", "UPGRADE")],
            [("Origin", nil), ("Sec-WebSocket-Protocol", nil), ("Sec-WebSocket-Extensions", nil)],
            // The example of section 4.1, whose unused bits are not zero.
            [("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==")],
            [("Sec-WebSocket-Key", "++//++//++//++//++//+w==")],
        ]
        for changes in table { #expect(try fault(changes) == nil, "\(changes)") }
    }

    @Test func `anything but a handshake is refused`() throws {
        let table: [(changes: [(String, String?)], fault: WebSocketHandshakeFault)] = [
            ([("Upgrade", nil)], .upgrade),
            ([("Upgrade", "h2c")], .upgrade),
            ([("Upgrade", "websocket2")], .upgrade),
            ([("Connection", nil)], .connection),
            ([("Connection", "keep-alive")], .connection),
            ([("Sec-WebSocket-Version", nil)], .version),
            ([("Sec-WebSocket-Version", "8")], .version),
            ([("Sec-WebSocket-Version", "13, 8")], .version),
            ([("Sec-WebSocket-Version", "013")], .version),
            ([("Sec-WebSocket-Version", "")], .version),
            ([("Sec-WebSocket-Key", nil)], .key),
            ([("Sec-WebSocket-Key", "")], .key),
            ([("Sec-WebSocket-Key", "==")], .key),
            // 15 bytes, 17 bytes, 16 bytes without padding, another alphabet, a space.
            ([("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4P")], .key),
            ([("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEBE=")], .key),
            ([("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA")], .key),
            ([("Sec-WebSocket-Key", "-_-_-_-_-_-_-_-_-_-_-w==")], .key),
            ([("Sec-WebSocket-Key", "AQIDBAUGBwgJ CgsMDQ4PEA=")], .key),
            ([("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4P====")], .key),
            ([("Sec-WebSocket-Key", "A=IDBAUGBwgJCgsMDQ4PEA==")], .key),
            ([("Sec-WebSocket-Key", "ÄQIDBAUGBwgJCgsMDQ4PE==")], .key),
        ]
        for (changes, expected) in table { #expect(try fault(changes) == expected, "\(changes)") }
        #expect(try fault(method: .post) == .method)
        #expect(try fault(minorVersion: 0) == .httpVersion)
    }

    @Test func `repeated fields are refused`() throws {
        for (name, expected) in [
            ("Sec-WebSocket-Key", WebSocketHandshakeFault.key), ("Sec-WebSocket-Version", .version),
        ] {
            var doubled = try request()
            doubled.fields.append(name, doubled.fields[name] ?? "")
            #expect(throws: expected) { try WebSocketHandshake.response(to: doubled) }
        }
    }

    @Test func `every fault has its status and fields`() {
        #expect(WebSocketHandshakeFault.version.status.rawValue == 426)
        #expect(WebSocketHandshakeFault.version.fields["Sec-WebSocket-Version"] == "13")
        #expect(WebSocketHandshakeFault.upgrade.status.rawValue == 426)
        #expect(WebSocketHandshakeFault.upgrade.fields["Upgrade"] == "websocket")
        #expect(WebSocketHandshakeFault.method.status.rawValue == 405)
        #expect(WebSocketHandshakeFault.method.fields["Allow"] == "GET")
        #expect(WebSocketHandshakeFault.key.status.rawValue == 400)
        #expect(WebSocketHandshakeFault.httpVersion.status.rawValue == 400)
    }

    @Test func `a client's key and fields make a valid request`() throws {
        #expect(WebSocketHandshake.key(Array("the sample nonce".utf8)) == Self.key)
        let fields = WebSocketHandshake.requestFields(key: Self.key)
        let request = try HTTPRequest(method: .get, target: "/", fields: fields)
        #expect(throws: Never.self) { try WebSocketHandshake.response(to: request) }
    }

    /// From the first byte of the request to an echoed message, through both HTTP machines, in pieces of any size.
    @Test(arguments: [1, 7, 10_000])
    func `a connection opens through both HTTP machines`(pieceSize: Int) throws {
        let now = MonotonicTime(milliseconds: 0)
        var client = HTTPClientMachine()
        var toServer: [UInt8] = []
        client.send(
            .get, "/notifications?token=x", host: "station", fields: WebSocketHandshake.requestFields(key: Self.key),
            into: &toServer)
        // A client should wait for the 101, but bytes after the request must not be lost.
        WebSocketFrame.encode(.text, "early".bytes, maskingKey: 0x0BAD_CAFE, into: &toServer)

        var server = HTTPServerMachine(now: now)
        var socket = Feeder()
        var toClient: [UInt8] = []
        for start in stride(from: 0, to: toServer.count, by: pieceSize) {
            let piece = Array(toServer[start..<min(start + pieceSize, toServer.count)])
            if server.isUpgraded {
                socket.feed(piece)
                continue
            }
            server.receive(piece.span, now: now)
            guard case .request(let request) = server.nextEvent() else { continue }
            let response = try WebSocketHandshake.response(to: request)
            server.respond(response, date: Timestamp(milliseconds: 0), now: now, into: &toClient)
            socket.feed(server.drainUpgradedBytes())
        }
        #expect(socket.outcome.events == [.text("early".bytes)])
        WebSocketFrame.encode(.text, "echo".bytes, into: &toClient)

        client.receive(toClient.span)
        guard case .response(let response) = client.nextEvent() else {
            Issue.record("no response")
            return
        }
        #expect(WebSocketHandshake.isAccepted(by: response, key: Self.key))
        var received = Feeder(role: .client)
        received.feed(client.drainUpgradedBytes())
        #expect(received.outcome.events == [.text("echo".bytes)])
    }

    @Test func `a client accepts the right response only`() throws {
        let right = try WebSocketHandshake.response(to: request())
        #expect(WebSocketHandshake.isAccepted(by: right, key: Self.key))
        #expect(!WebSocketHandshake.isAccepted(by: right, key: "AQIDBAUGBwgJCgsMDQ4PEA=="))
        var wrong = right
        wrong.status = .ok
        #expect(!WebSocketHandshake.isAccepted(by: wrong, key: Self.key))
        let changes: [(String, String?)] = [
            ("Upgrade", nil), ("Upgrade", "h2c"), ("Upgrade", "websocket, h2c"), ("Connection", nil),
            ("Connection", "close"), ("Sec-WebSocket-Accept", nil),
            ("Sec-WebSocket-Accept", "s3pplmbitxaq9kygzzhzrbk+xoo="), ("Sec-WebSocket-Protocol", "chat"),
            ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ]
        for (name, value) in changes {
            var wrong = right
            wrong.fields[name] = value
            #expect(!WebSocketHandshake.isAccepted(by: wrong, key: Self.key), "\(name): \(value ?? "none")")
        }
    }
}
