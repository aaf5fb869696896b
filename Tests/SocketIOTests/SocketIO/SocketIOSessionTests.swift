import Bytes
import JSON
import Testing

@testable import SocketIO

@Suite struct SocketIOSessionTests {
    private let settings = SocketIOSettings(namespaces: ["/", "/custom"], acknowledgementsMax: 2)

    private func opened() -> SocketIOSession { SocketIOSession(settings: settings, now: 0) }

    /// A session in the main namespace.
    private func connected() -> SocketIOSession {
        var session = opened()
        session.receiveText("0")
        session.accept("/", sid: "x")
        _ = session.log()
        return session
    }

    @Test func `the application decides on a CONNECT`() {
        var session = opened()
        session.receiveText("0/custom,{\"token\":\"1\"}")
        #expect(session.log() == [#"connect /custom {"token":"1"}"#])
        #expect(!session.isConnected(to: "/custom"))
        #expect(session.emit("early", [], in: "/custom") == false)
        #expect(session.accept("/custom", sid: "x", members: ["pid": "p"]) == true)
        #expect(session.accept("/custom", sid: "y") == false)
        #expect(session.isConnected(to: "/custom") && !session.isConnected(to: "/"))
        #expect(session.log() == [#"send 40/custom,{"sid":"x","pid":"p"}"#])
        #expect(session.deadline == nil)
    }

    @Test func `a refused client may ask again`() {
        var session = opened()
        for _ in 0..<2 {
            session.receiveText("0")
            #expect(session.refuse("/", message: "no", data: ["code": 1]) == true)
            #expect(session.refuse("/", message: "no") == false)
            #expect(session.log() == ["connect / nil", #"send 44{"message":"no","data":{"code":1}}"#])
        }
        #expect(session.deadline == 45_000)
    }

    @Test func `the session refuses an unknown namespace`() {
        var session = opened()
        session.receiveText("0/admin,{}")
        #expect(session.log() == [#"send 44/admin,{"message":"Invalid namespace"}"#])
    }

    @Test func `a namespace for strangers does not end the connect timeout`() {
        var session = opened()
        session.receiveText("0")
        session.accept("/", sid: "x", isAuthenticated: false)
        #expect(session.isConnected(to: "/") && session.deadline == 45_000)
        session.receiveText("0/custom,")
        session.accept("/custom", sid: "y")
        #expect(session.deadline == nil)
    }

    @Test func `a stranger may send neither attachments nor long messages`() {
        for isKnown in [true, false] {
            for message in [
                "51-[\"x\",{\"_placeholder\":true,\"num\":0}]", "2[\"\(String(repeating: "x", count: 16_384))\"]",
            ] {
                var session = opened()
                session.receiveText("0")
                session.accept("/", sid: "x", isAuthenticated: isKnown)
                _ = session.log()
                session.receiveText(message)
                #expect(session.log().contains("close parse error") == !isKnown)
            }
        }
    }

    @Test func `a session without a namespace is closed after the connect timeout`() {
        var session = opened()
        session.receiveText("0")
        session.expire(now: 44_999)
        #expect(session.log() == ["connect / nil"])
        session.expire(now: 45_000)
        #expect(session.log() == ["close forced server close"])
        #expect(session.accept("/", sid: "x") == false)
        #expect(session.deadline == nil)
    }

    @Test func `the connect timeout ends with the first namespace`() {
        var session = connected()
        session.receiveText("1")
        session.expire(now: 1_000_000)
        #expect(session.log() == ["disconnected / client namespace disconnect"])
    }

    @Test(arguments: ["2[\"a\"]", "1", "30[]", "4{\"message\":\"x\"}", "2/custom,[\"a\"]"])
    func `a packet before its CONNECT closes the session`(text: String) {
        var session = opened()
        session.receiveText(text)
        #expect(session.log() == ["close forced server close"])
        session.receiveText("0")
        #expect(session.log() == [])
    }

    @Test(arguments: ["2[\"a\"]", "1", "0"])
    func `a packet before the answer to its CONNECT closes the session`(text: String) {
        var session = opened()
        session.receiveText("0")
        session.receiveText(text)
        #expect(session.log() == ["connect / nil", "close forced server close"])
    }

    @Test(arguments: [
        ("0", "forced server close"), ("4{}", "forced server close"), ("x", "parse error"), ("2[]", "parse error"),
    ])
    func `a wrong packet ends every namespace`(text: String, reason: String) {
        var session = connected()
        session.receiveText("0/custom")
        session.accept("/custom", sid: "y")
        _ = session.log()
        session.receiveText(text)
        #expect(session.log() == ["disconnected / \(reason)", "disconnected /custom \(reason)", "close \(reason)"])
        #expect(session.connectedNamespaces == [])
    }

    @Test func `events go both ways`() {
        var session = connected()
        session.receiveText("2[\"a\",1]")
        session.receiveText("27[\"b\"]")
        session.acknowledge(7, ["done"], in: "/")
        session.emit("c", [nil], in: "/")
        session.emit("d", [SocketIOPacket.placeholder(0)], attachments: [[9]], in: "/")
        #expect(session.emit("e", [], in: "/custom") == false)
        #expect(
            session.log() == [
                "event / a [1] nil", "event / b [] 7", #"send 437["done"]"#, #"send 42["c",null]"#,
                #"send 451-["d",{"_placeholder":true,"num":0}]"#, "send b[9]",
            ])
    }

    @Test func `attachments arrive with their event`() {
        var session = connected()
        session.receiveText("51-[\"a\",{\"_placeholder\":true,\"num\":0}]")
        #expect(session.log() == [])
        session.receive(EnginePacket(binary: [1, 2]))
        guard case .event(let event)? = session.nextAction() else {
            Issue.record("no event")
            return
        }
        #expect(event.attachments == [[1, 2]])
        #expect(event.arguments.first.flatMap(SocketIOPacket.attachmentIndex) == 0)
    }

    @Test func `an acknowledgement is matched once`() {
        var session = connected()
        #expect(session.emitWithAcknowledgement("a", [], in: "/") == 0)
        #expect(session.emitWithAcknowledgement("b", [], in: "/") == 1)
        #expect(session.emitWithAcknowledgement("c", [], in: "/") == nil)
        #expect(session.log() == [#"send 420["a"]"#, #"send 421["b"]"#])
        session.receiveText("31[\"x\"]")
        session.receiveText("31[\"y\"]")
        session.receiveText("399[]")
        session.receiveText("30[]")
        #expect(session.log() == [#"acknowledgement / 1 ["x"]"#, "acknowledgement / 0 []"])
        #expect(session.emitWithAcknowledgement("d", [], in: "/") == 2)
        session.forgetAcknowledgement(2, in: "/")
        session.receiveText("32[]")
        #expect(session.log() == [#"send 422["d"]"#])
    }

    @Test func `the server may disconnect a client from a namespace`() {
        var session = connected()
        session.receiveText("2[\"consumed too late\"]")
        session.disconnect("/")
        session.disconnect("/")
        #expect(session.log() == ["send 41", "disconnected / server namespace disconnect"])
        // The client sent these before it read the DISCONNECT.
        session.receiveText("2[\"late\"]")
        session.receiveText("1")
        #expect(session.log() == [])
        session.receiveText("0")
        #expect(session.log() == ["connect / nil"])
        session.accept("/", sid: "z")
        session.receiveText("2[\"again\"]")
        #expect(session.log() == [#"send 40{"sid":"z"}"#, "event / again [] nil"])
    }

    @Test func `closing disconnects first`() {
        var session = connected()
        session.receiveText("0/custom")
        session.close(.serverShutdown)
        session.close()
        #expect(
            session.log() == ["send 41", "disconnected / server namespace disconnect", "close server shutting down"])
    }

    @Test func `the end of the Engine.IO session disconnects`() {
        var session = connected()
        session.engineClosed(.pingTimeout)
        session.engineClosed(.pingTimeout)
        #expect(session.log() == ["disconnected / ping timeout"])
        #expect(session.emit("a", [], in: "/") == false)
    }

    @Test func `an encoded event can go to any session`() {
        let packet = SocketIOPacket.encodedEvent(namespace: "/", name: "a", arguments: [[0x31]])
        var session = connected()
        #expect(session.emit(packet, in: "/") == true)
        #expect(session.emit(packet, in: "/custom") == false)
        #expect(session.log() == [#"send 42["a",1]"#])
    }
}

extension SocketIOSession {
    fileprivate mutating func receiveText(_ text: String) { receive(EnginePacket(payload: text.utf8)) }

    /// Returns the session's actions, a line for each.
    fileprivate mutating func log() -> [String] {
        var lines: [String] = []
        while let action = nextAction() {
            switch action {
            case .send(let packet): lines.append("send \(packet.log)")
            case .connect(let namespace, let auth): lines.append("connect \(namespace) \(auth?.description ?? "nil")")
            case .event(let event):
                let id = event.id.map(String.init) ?? "nil"
                lines.append("event \(event.namespace) \(event.name) \(JSONValue.array(event.arguments).text) \(id)")
            case .acknowledgement(let namespace, let id, let arguments, _):
                lines.append("acknowledgement \(namespace) \(id) \(JSONValue.array(arguments).text)")
            case .disconnected(let namespace, let reason): lines.append("disconnected \(namespace) \(reason.text)")
            case .close(let reason): lines.append("close \(reason.text)")
            }
        }
        return lines
    }
}
