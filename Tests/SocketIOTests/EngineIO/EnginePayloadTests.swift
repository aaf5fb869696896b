import Testing

@testable import SocketIO

@Suite struct EnginePayloadTests {
    @Test func `packets are read in order`() throws {
        let packets = try EnginePayload.decode([UInt8]("4hello\u{1E}2\u{1E}bAQIDBA==\u{1E}4\u{1E}4€"))
        #expect(packets.map(\.log) == ["4hello", "2", "b[1, 2, 3, 4]", "4", "4€"])
    }

    @Test func `reading and writing are inverse`() throws {
        for body in ["4", "4a\u{1E}4b", "bAQIDBA==\u{1E}b\u{1E}4", "0{}\u{1E}1"] {
            let packets = try EnginePayload.decode([UInt8](body))
            #expect(EnginePayload.encode(packets).text == body)
            let size = packets.map(EnginePayload.encodedSize).reduce(0, +) + packets.count - 1
            #expect(size == body.utf8.count)
        }
    }

    @Test(arguments: [
        ("", PacketFault.emptyPacket), ("\u{1E}", .emptyPacket), ("4a\u{1E}", .emptyPacket), ("\u{1E}4a", .emptyPacket),
        ("4a\u{1E}\u{1E}4b", .emptyPacket), ("4a\u{1E}x", .unknownType), ("4a\u{1E}bA", .invalidBase64),
        ("abc", .unknownType),
    ])
    func `one malformed packet spoils the whole body`(body: String, fault: PacketFault) {
        #expect(throws: fault) { try EnginePayload.decode([UInt8](body)) }
    }

    @Test(
        arguments: [
            [0x34, 0xFF], [0x34, 0xC3], [0x34, 0xC0, 0x80], [0x34, 0xED, 0xA0, 0x80], [0x34, 0xC3, 0x1E, 0xA9],
        ] as [[UInt8]])
    func `a body that is not UTF-8 is refused`(body: [UInt8]) {
        #expect(throws: PacketFault.invalidUTF8) { try EnginePayload.decode(body) }
    }

    @Test func `the number of packets is bounded`() throws {
        let most = [UInt8](Array(repeating: "4", count: EnginePayload.packetsMax).joined(separator: "\u{1E}"))
        #expect(try EnginePayload.decode(most).count == EnginePayload.packetsMax)
        #expect(throws: PacketFault.tooManyPackets) { try EnginePayload.decode(most + [0x1E, 0x34]) }
    }
}
