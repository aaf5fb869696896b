import SocketIO

extension FuzzMachine {
    /// The body of a POST, and the text of a frame.
    static let enginePackets = FuzzMachine(
        "engine-packets",
        words: ["\u{1E}", "b", "AQID", "=", "2probe", "4", "é"],
        seeds: {
            let packets = [
                EnginePacket(payload: "hello é".utf8), EnginePacket(.ping, payload: "probe".utf8), EnginePacket(.close),
                EnginePacket(binary: [1, 2, 3]), EnginePacket(binary: []), EnginePacket(.noop),
            ]
            return [EnginePayload.encode(packets)] + packets.map { EnginePayload.encode([$0]) } + [
                [], [0x1E], [UInt8]("4a\u{1E}"), [UInt8]("b=="), [UInt8]("bAQ"), [0x34, 0xC3], [UInt8]("9"),
                [UInt8]("4\u{1E}4\u{1E}bAQIDBA==\u{1E}b"),
            ]
        },
        body: { bytes in
            if let packet = try? EnginePacket(text: bytes) {
                expect(packet.isBinary || packet.bytes == bytes, "text stays as it is")
                _ = packet.type
                _ = packet.payload
            }
            guard let packets = try? EnginePayload.decode(bytes) else { return }
            expect(!packets.isEmpty && packets.count <= (bytes.count + 2) / 2, "no more packets than there can be")
            expect(packets.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "no more bytes than came")
            let again = EnginePayload.encode(packets)
            // Base64 may be written with or without padding, but not so that it means something else.
            expect((try? EnginePayload.decode(again)) == packets, "what was read can be written and read again")
        })
}
