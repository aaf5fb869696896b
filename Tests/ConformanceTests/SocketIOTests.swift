import JSON
import Testing

extension Conformance {
    /// Socket.IO 5 on `/socket.io/`.
    @Suite struct SocketIO {
        private let server: ConformanceProcess

        init() throws { server = try ConformanceProcess() }

        private func open() throws -> Peer {
            let socket = try server.webSocket("/socket.io/?EIO=4&transport=websocket")
            #expect(try socket.text().first == "0")
            return socket
        }

        private func connect() throws -> Peer {
            let socket = try open()
            try socket.sendText("40")
            #expect(try next(socket).hasPrefix("40{\"sid\":"))
            #expect(try next(socket) == "42[\"auth\",{}]")
            return socket
        }

        /// The next frame that is not a ping.
        private func nextFrame(_ socket: Peer) throws -> Frame {
            for _ in 0..<10 {
                let frame = try socket.frame()
                guard frame == .text("2") else { return frame }
                try socket.sendText("3")
            }
            throw WireFault("only pings came")
        }

        private func next(_ socket: Peer) throws -> String {
            let frame = try nextFrame(socket)
            guard frame.opcode == 1 else { throw WireFault("not a text: \(frame)") }
            return String(decoding: frame.payload, as: UTF8.self)
        }

        private func expectClose(_ socket: Peer) throws { #expect(try nextFrame(socket).opcode == 8) }

        // MARK: Namespaces

        @Test(arguments: [
            ("40", "40", "42[\"auth\",{}]"),
            ("40{\"token\":\"123\"}", "40", "42[\"auth\",{\"token\":\"123\"}]"),
            ("40/custom,", "40/custom,", "42/custom,[\"auth\",{}]"),
            ("40/custom,{\"token\":\"abc\"}", "40/custom,", "42/custom,[\"auth\",{\"token\":\"abc\"}]"),
            ("40/custom", "40/custom,", "42/custom,[\"auth\",{}]"),
            ("40/,", "40", "42[\"auth\",{}]"),
        ])
        func `a client may connect to a namespace`(_ packet: String, _ prefix: String, _ auth: String) throws {
            let socket = try open()
            try socket.sendText(packet)
            let answer = try next(socket)
            #expect(answer.hasPrefix(prefix + "{"))
            let payload = try JSONParser.parse(Array(answer.dropFirst(prefix.count).utf8))
            guard case .object(let object) = payload else { throw WireFault("no object: \(answer)") }
            #expect(object.members.map(\.key) == ["sid"])
            #expect((object["sid"]?.stringValue ?? "").isEmpty == false)
            #expect(try next(socket) == auth)
        }

        @Test func `an unknown namespace is refused and the session continues`() throws {
            let socket = try open()
            try socket.sendText("40/random")
            #expect(try next(socket) == "44/random,{\"message\":\"Invalid namespace\"}")
            try socket.sendText("40")
            #expect(try next(socket).hasPrefix("40{"))
        }

        @Test func `every socket has its own name`() throws {
            let socket = try open()
            try socket.sendText("40")
            let first = try next(socket)
            _ = try next(socket)
            try socket.sendText("40/custom,")
            let second = try next(socket)
            #expect(first.dropFirst(2) != second.dropFirst("40/custom,".count))
        }

        @Test func `a client may leave and the session stays open`() throws {
            let socket = try connect()
            try socket.sendText("41")
            #expect(try socket.text() == "2")
        }

        @Test func `leaving one namespace does not affect the other`() throws {
            let socket = try connect()
            try socket.sendText("40/custom")
            #expect(try next(socket).hasPrefix("40/custom,{"))
            #expect(try next(socket) == "42/custom,[\"auth\",{}]")
            try socket.sendText("41/custom")
            try socket.sendText("42[\"message\",\"message to main namespace\"]")
            #expect(try next(socket) == "42[\"message-back\",\"message to main namespace\"]")
        }

        // MARK: Events

        @Test func `an event is answered with its arguments`() throws {
            let socket = try connect()
            try socket.sendText("42[\"message\",1,\"2\",{\"3\":[true]}]")
            #expect(try next(socket) == "42[\"message-back\",1,\"2\",{\"3\":[true]}]")
        }

        @Test func `an event is acknowledged`() throws {
            let socket = try connect()
            try socket.sendText("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]")
            #expect(try next(socket) == "43456[1,\"2\",{\"3\":[false]}]")
        }

        @Test(arguments: [
            ("452-[\"message\",", "452-[\"message-back\","), ("452-789[\"message-with-ack\",", "462-789["),
        ])
        func `attachments come back`(_ sent: String, _ expected: String) throws {
            let places = "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"
            let socket = try connect()
            try socket.sendText(sent + places)
            try socket.send(.binary([1, 2, 3]))
            try socket.send(.binary([4, 5, 6]))
            #expect(try next(socket) == expected + places)
            #expect(try nextFrame(socket) == .binary([1, 2, 3]))
            #expect(try nextFrame(socket) == .binary([4, 5, 6]))
        }

        @Test func `events and attachments work over polling too`() throws {
            let peer = try server.connect()
            let path = "/socket.io/"
            let session = try peer.openSession(path)
            #expect(try peer.post("40", session, path).text == "ok")
            let answer = try peer.poll(session, path).text
            #expect(answer.hasPrefix("40{\"sid\":") && answer.hasSuffix("\u{1E}42[\"auth\",{}]"))
            let event = "451-7[\"message-with-ack\",{\"_placeholder\":true,\"num\":0}]\u{1E}bAQIDBA=="
            #expect(try peer.post(event, session, path).text == "ok")
            let acknowledged = "461-7[{\"_placeholder\":true,\"num\":0}]\u{1E}bAQIDBA=="
            #expect(try peer.poll(session, path).text == acknowledged)
        }

        // MARK: Malformed packets

        @Test(arguments: ["4abc", "4", "42[\"message\"]", "41", "43[1]", "46", "40{", "40[]", "40/custom,1"])
        func `a first packet other than a CONNECT closes the session`(_ packet: String) throws {
            let socket = try open()
            try socket.sendText(packet)
            try expectClose(socket)
        }

        @Test(arguments: [
            "4abc", "42{}", "42abc[\"message-with-ack\",1,\"2\",{\"3\":[false]}]", "42", "42[]", "42[1",
            "42[\"message\"]x", "45[\"message\"]", "451-{}", "4599999999999999999999-[\"message\"]",
            "4299999999999999999999[\"message-with-ack\"]", "451-[\"message\",{\"_placeholder\":true,\"num\":1}]",
            "451-[\"message\",{\"_placeholder\":true,\"num\":-1}]", "40", "48", "44", "42[\"connect\"]",
            "42[\"disconnect\"]",
        ])
        func `a malformed packet closes the session`(_ packet: String) throws {
            let socket = try connect()
            try socket.sendText(packet)
            try expectClose(socket)
        }

        @Test func `unannounced bytes close the session`() throws {
            let socket = try connect()
            try socket.send(.binary([1]))
            try expectClose(socket)
        }

        @Test func `text where bytes are due closes the session`() throws {
            let socket = try connect()
            try socket.sendText("451-[\"message\",{\"_placeholder\":true,\"num\":0}]")
            try socket.sendText("42[\"message\"]")
            try expectClose(socket)
        }
    }
}
