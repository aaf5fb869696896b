import Testing

@testable import SocketIO

@Suite struct EnginePacketTests {
    @Test func `text packets of every type are read`() throws {
        let types: [(String, EnginePacketType)] = [
            ("0{}", .open), ("1", .close), ("2probe", .ping), ("3", .pong), ("4hello", .message), ("5", .upgrade),
            ("6", .noop),
        ]
        for (text, type) in types {
            let packet = try EnginePacket.parsed(text)
            #expect(packet.type == type)
            #expect(Array(packet.payload).text == text.dropFirst())
            #expect(packet.bytes.text == text)
        }
    }

    @Test func `base64 is read as bytes`() throws {
        #expect(try EnginePacket.parsed("bAQIDBA==") == EnginePacket(binary: [1, 2, 3, 4]))
        #expect(try EnginePacket.parsed("b") == EnginePacket(binary: []))
    }

    @Test(arguments: [
        ("", PacketFault.emptyPacket), ("7", .unknownType), ("abc", .unknownType), ("/", .unknownType),
        (" 4", .unknownType),
        ("é", .unknownType), ("\u{0}", .unknownType), ("bAQ", .invalidBase64), ("bAQ=", .invalidBase64),
        ("bAR==", .invalidBase64), ("b????", .invalidBase64), ("b AQ==", .invalidBase64),
        ("bAQIDBA==AQ==", .invalidBase64),
    ])
    func `malformed text is refused`(text: String, fault: PacketFault) {
        #expect(throws: fault) { try EnginePacket.parsed(text) }
    }

    @Test func `binary packets are messages without a digit`() {
        let packet = EnginePacket(binary: [0x31, 0x32])
        #expect(packet.type == .message)
        #expect(Array(packet.payload) == [0x31, 0x32])
        #expect(EnginePacket(binary: []).type == .message)
    }

    @Test func `the payload follows the digit`() {
        #expect(EnginePacket(payload: "hello".utf8).log == "4hello")
        #expect(EnginePacket(.pong, payload: "probe".utf8).log == "3probe")
        #expect(EnginePacket(.ping).log == "2")
    }
}
