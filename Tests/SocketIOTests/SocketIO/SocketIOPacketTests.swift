import JSON
import Testing

@testable import SocketIO

@Suite struct SocketIOPacketTests {
    private let settings = SocketIOSettings(namespaces: ["/"], attachmentsMax: 3)

    private func decode(_ text: String) throws(PacketFault) -> (packet: SocketIOPacket, expected: Int) {
        try SocketIOPacket.decode(text: EnginePacket(payload: text.utf8), settings: settings)
    }

    // MARK: - Both ways

    @Test func `text and packets convert both ways`() throws {
        let cases: [(String, SocketIOPacket)] = [
            ("0", SocketIOPacket(namespace: "/", content: .connect(nil))),
            ("0/admin,", SocketIOPacket(namespace: "/admin", content: .connect(nil))),
            ("0{\"sid\":\"x\"}", SocketIOPacket(namespace: "/", content: .connect(["sid": "x"]))),
            ("0/admin,{\"token\":\"1\"}", SocketIOPacket(namespace: "/admin", content: .connect(["token": "1"]))),
            ("1", SocketIOPacket(namespace: "/", content: .disconnect)),
            ("1/admin,", SocketIOPacket(namespace: "/admin", content: .disconnect)),
            ("2[\"foo\"]", SocketIOPacket(namespace: "/", content: .event(name: "foo", arguments: [], id: nil))),
            (
                "2/admin,12[\"foo\",1,{\"a\":[null]}]",
                SocketIOPacket(
                    namespace: "/admin", content: .event(name: "foo", arguments: [1, ["a": [nil]]], id: 12))
            ),
            ("30[]", SocketIOPacket(namespace: "/", content: .acknowledgement(id: 0, arguments: []))),
            (
                "3/admin,13[\"bar\"]",
                SocketIOPacket(namespace: "/admin", content: .acknowledgement(id: 13, arguments: ["bar"]))
            ),
            ("4{\"message\":\"no\"}", SocketIOPacket(namespace: "/", content: .connectError(message: "no", data: nil))),
            (
                "4/a,{\"message\":\"no\",\"data\":[1]}",
                SocketIOPacket(namespace: "/a", content: .connectError(message: "no", data: [1]))
            ),
        ]
        for (text, packet) in cases {
            #expect(packet.text.log == "4" + text)
            let decoded = try decode(text)
            #expect(decoded.packet == packet)
            #expect(decoded.expected == 0)
        }
    }

    @Test func `attachments follow their text`() throws {
        let arguments: [JSONValue] = [SocketIOPacket.placeholder(0), ["deep": [SocketIOPacket.placeholder(1)]]]
        let packet = SocketIOPacket(
            namespace: "/admin", content: .event(name: "file", arguments: arguments, id: 7),
            attachments: [[1], [2, 3]])
        let messages = packet.encoded()
        #expect(
            messages.map(\.log) == [
                #"452-/admin,7["file",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]"#,
                "b[1]", "b[2, 3]",
            ])
        let decoded = try decode(String(messages[0].log.dropFirst()))
        #expect(decoded.expected == 2)
        #expect(decoded.packet.content == packet.content)
    }

    @Test func `acknowledgements may have attachments`() throws {
        let packet = SocketIOPacket(
            namespace: "/", content: .acknowledgement(id: 15, arguments: ["bar", SocketIOPacket.placeholder(0)]),
            attachments: [[]])
        #expect(packet.encoded().map(\.log) == [#"461-15["bar",{"_placeholder":true,"num":0}]"#, "b[]"])
        #expect(try decode(#"61-15["bar",{"_placeholder":true,"num":0}]"#).packet.content == packet.content)
    }

    @Test func `a pre-encoded event equals the packet's encoding`() {
        for namespace in ["/", "/notifications"] {
            let arguments: [JSONValue] = [["id": "e-1", "text": "é\"\n"], 2, nil]
            let packet = SocketIOPacket(
                namespace: namespace, content: .event(name: "support:ticket:created", arguments: arguments, id: nil))
            let encoded = SocketIOPacket.encodedEvent(
                namespace: namespace, name: "support:ticket:created", arguments: arguments.map { $0.encoded() })
            #expect(encoded == packet.text)
        }
    }

    @Test func `a placeholder is told from other values`() {
        #expect(SocketIOPacket.attachmentIndex(of: SocketIOPacket.placeholder(4)) == 4)
        for value in [nil, 0, "x", [], ["num": 0], ["_placeholder": 1, "num": 0], ["_placeholder": true]] as [JSONValue]
        {
            #expect(SocketIOPacket.attachmentIndex(of: value) == nil)
        }
    }

    // MARK: - Reading

    @Test func `variants that clients write are read`() throws {
        #expect(try decode("0/admin").packet == SocketIOPacket(namespace: "/admin", content: .connect(nil)))
        #expect(try decode("0/admin?a=1,{}").packet == SocketIOPacket(namespace: "/admin", content: .connect([:])))
        #expect(try decode("1/admin").packet == SocketIOPacket(namespace: "/admin", content: .disconnect))
        #expect(
            try decode("2007[\"a\"]").packet
                == SocketIOPacket(namespace: "/", content: .event(name: "a", arguments: [], id: 7)))
        #expect(
            try decode("2[5,6]").packet
                == SocketIOPacket(namespace: "/", content: .event(name: "5", arguments: [6], id: nil)))
        #expect(
            try decode("2[\"a\",{\"_placeholder\":true,\"num\":0}]").packet.content
                == .event(name: "a", arguments: [SocketIOPacket.placeholder(0)], id: nil))
        #expect(
            try decode("2\(Int.max)[\"a\"]").packet.content == .event(name: "a", arguments: [], id: .max))
    }

    @Test(arguments: [
        ("", PacketFault.unknownType), ("7", .unknownType), ("abc", .unknownType), ("-", .unknownType),
        ("é", .unknownType),
        ("0[]", .invalidPayload), ("0null", .invalidPayload), ("0\"x\"", .invalidPayload), ("0{", .invalidPayload),
        ("012", .invalidPayload), ("012{}", .invalidPayload), ("0 {}x", .invalidPayload), ("0/a,12", .invalidPayload),
        ("1{}", .invalidPayload), ("11", .invalidPayload), ("1/a,x", .invalidPayload),
        ("2", .invalidPayload), ("2{}", .invalidPayload), ("2[]", .invalidPayload), ("2[null]", .invalidPayload),
        ("2[{}]", .invalidPayload), ("2[1.5]", .invalidPayload), ("2abc[\"a\"]", .invalidPayload),
        ("2-1[\"a\"]", .invalidPayload), ("21.5[\"a\"]", .invalidPayload), ("2[\"a\"]]", .invalidPayload),
        ("2[\"a\",]", .invalidPayload), ("2[\"a\"", .invalidPayload), ("2/a", .invalidPayload),
        ("2/a,", .invalidPayload),
        ("2[\"connect\"]", .reservedEvent), ("2[\"connect_error\"]", .reservedEvent),
        ("2[\"disconnect\"]", .reservedEvent),
        ("2[\"disconnecting\"]", .reservedEvent), ("2[\"newListener\"]", .reservedEvent),
        ("2[\"removeListener\"]", .reservedEvent),
        ("29223372036854775808[\"a\"]", .invalidAcknowledgementID),
        ("2184467440737095516160[\"a\"]", .invalidAcknowledgementID),
        ("3[]", .invalidAcknowledgementID), ("3", .invalidPayload), ("31", .invalidPayload), ("31{}", .invalidPayload),
        ("4", .invalidPayload), ("4\"x\"", .invalidPayload),
        ("5[\"a\"]", .invalidAttachmentCount), ("50-[\"a\"]", .invalidAttachmentCount),
        ("5-[\"a\"]", .invalidAttachmentCount),
        ("51[\"a\"]", .invalidAttachmentCount), ("51", .invalidAttachmentCount), ("51.0-[]", .invalidAttachmentCount),
        ("5-1-[]", .invalidAttachmentCount), ("599999999999999999999-[]", .invalidAttachmentCount),
        ("54-[\"a\"]", .tooManyAttachments), ("59223372036854775807-[]", .tooManyAttachments),
        ("51-", .invalidPayload), ("51-[\"a\"]", .invalidPlaceholder), ("61-1[]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":1}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":18446744073709551615}]", .invalidPlaceholder),
        ("51-[\"a\",{\"_placeholder\":false,\"num\":0}]", .invalidPlaceholder),
        ("52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]", .invalidPlaceholder),
        ("51-[{\"_placeholder\":true,\"num\":0}]", .invalidPayload),
    ])
    func `malformed text is refused`(text: String, fault: PacketFault) {
        #expect(throws: fault) { try decode(text) }
    }

    @Test func `names and nesting depth are bounded`() throws {
        let name = "/" + String(repeating: "n", count: SocketIOPacket.namespaceBytesMax - 1)
        #expect(try decode("0\(name)").packet.namespace == name)
        #expect(throws: PacketFault.invalidNamespace) { try decode("0\(name)n") }
        let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(try decode("2[\"a\",\(deep)]").expected == 0)
        #expect(throws: PacketFault.invalidPayload) { try decode("2[\"a\",[\(deep)]]") }
    }
}
