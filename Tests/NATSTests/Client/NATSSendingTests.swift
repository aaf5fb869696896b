import Bytes
import JSON
import NATS
import Testing

@Suite struct NATSSendingTests {
    private func text(_ write: (inout [UInt8]) throws -> Void) rethrows -> String {
        var output: [UInt8] = []
        try write(&output)
        return String(decoding: output, as: UTF8.self)
    }

    private func connect(_ credentials: NATSCredentials) throws -> String {
        try text { try NATSFeed.connected().connect(as: credentials, name: "station-7", version: "1.2", into: &$0) }
    }

    @Test func `CONNECT says what we want`() throws {
        #expect(
            try connect(.none)
                == #"CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"station-7","lang":"swift","#
                + #""version":"1.2","protocol":1,"headers":true,"no_responders":true}"# + "\r\n")
        #expect(try connect(.user("u", password: "p")).hasSuffix(#","user":"u","pass":"p"}"# + "\r\n"))
        #expect(try connect(.token("t")).hasSuffix(#","auth_token":"t"}"# + "\r\n"))
    }

    @Test func `credentials cannot end the line`() throws {
        let line = try connect(.user("u\r\nPUB a 0\r\n\"}", password: "\n"))
        #expect(line.filter { $0.isNewline }.count == 1)
        let object = try JSONParser.parse(String(line.dropFirst("CONNECT ".count).dropLast()))
        #expect(object["user"]?.stringValue == "u\r\nPUB a 0\r\n\"}")
        #expect(object["pass"]?.stringValue == "\n")
    }

    @Test func `some servers cannot be used`() {
        func refusal(_ introduction: String, _ credentials: NATSCredentials = .none) -> NATSRefusal? {
            var output: [UInt8] = []
            do {
                try NATSFeed.connected(introduction).connect(as: credentials, name: "n", version: "1", into: &output)
                return nil
            } catch {
                #expect(output.isEmpty && !error.message.isEmpty)
                return error
            }
        }
        #expect(refusal("") == .notConnected)
        #expect(refusal(NATSFeed.information + "FOO\r\n") == .notConnected)
        #expect(refusal("INFO {\"headers\":true,\"tls_required\":true}\r\n") == .requiresTLS)
        #expect(refusal("INFO {\"headers\":false}\r\n") == .withoutHeaders)
        let long = String(repeating: "x", count: 4096)
        #expect(refusal(NATSFeed.information, .token(long)) == .credentialsTooLong)
        #expect(refusal(NATSFeed.information) == nil)
    }

    @Test func `subscriptions are written`() throws {
        let machine = NATSFeed.connected()
        let filter = try #require(NATSSubjectFilter("_INBOX.a.*"))
        #expect(text { machine.subscribe(to: filter, sid: 3, into: &$0) } == "SUB _INBOX.a.* 3\r\n")
        #expect(text { machine.unsubscribe(sid: 3, into: &$0) } == "UNSUB 3\r\n")
        #expect(text { machine.unsubscribe(sid: 3, after: 9, into: &$0) } == "UNSUB 3 9\r\n")
        #expect(text { machine.ping(into: &$0) } == "PING\r\n")
    }

    @Test func `publications are written`() throws {
        let machine = NATSFeed.connected()
        let field = try #require(NATSHeaders.Field("Nats-Msg-Id", "e-1"))
        #expect(try text { try machine.publish(to: "a.b", payload: [], into: &$0) } == "PUB a.b 0\r\n\r\n")
        #expect(
            try text { try machine.publish(to: "a.b", reply: "r", payload: "hi".bytes, into: &$0) }
                == "PUB a.b r 2\r\nhi\r\n")
        #expect(
            try text {
                try machine.publish(
                    to: "a.b", reply: "r", headers: NATSHeaders([field]), payload: "hi".bytes, into: &$0)
            } == "HPUB a.b r 30 32\r\nNATS/1.0\r\nNats-Msg-Id: e-1\r\n\r\nhi\r\n")
    }

    @Test func `a message that the server would not accept is refused`() throws {
        let machine = NATSFeed.connected()
        let headers = NATSHeaders([try #require(NATSHeaders.Field("A", "b"))])
        var output: [UInt8] = []
        try machine.publish(to: "a", payload: [UInt8](repeating: 0, count: 1024), into: &output)
        try machine.publish(to: "a", headers: headers, payload: [UInt8](repeating: 0, count: 1006), into: &output)
        let count = output.count
        #expect(throws: NATSRefusal.payloadTooLarge(bytes: 1025, bytesMax: 1024)) {
            try machine.publish(to: "a", payload: [UInt8](repeating: 0, count: 1025), into: &output)
        }
        #expect(throws: NATSRefusal.payloadTooLarge(bytes: 1025, bytesMax: 1024)) {
            try machine.publish(to: "a", headers: headers, payload: [UInt8](repeating: 0, count: 1007), into: &output)
        }
        #expect(throws: NATSRefusal.notConnected) {
            try NATSClientMachine().publish(to: "a", payload: [], into: &output)
        }
        #expect(output.count == count)
    }
}
