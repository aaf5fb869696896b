import Testing

@testable import SocketIO

@Suite struct SocketIODecoderTests {
    private let settings = SocketIOSettings(namespaces: ["/"], attachmentBytesMax: 5)
    private let text = EnginePacket(
        payload: #"52-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#.utf8)

    @Test func `a packet is complete with its last attachment`() throws {
        var decoder = SocketIODecoder(settings: settings)
        for _ in 0..<3 {
            #expect(try decoder.receive(text) == nil)
            #expect(try decoder.receive(EnginePacket(binary: [1, 2])) == nil)
            let packet = try decoder.receive(EnginePacket(binary: [3, 4, 5]))
            #expect(packet?.attachments == [[1, 2], [3, 4, 5]])
            #expect(try decoder.receive(EnginePacket(payload: "1".utf8))?.content == .disconnect)
        }
    }

    @Test func `unannounced bytes are refused`() {
        var decoder = SocketIODecoder(settings: settings)
        #expect(throws: PacketFault.unexpectedBinary) { try decoder.receive(EnginePacket(binary: [])) }
    }

    @Test func `text between attachments is refused`() throws {
        var decoder = SocketIODecoder(settings: settings)
        _ = try decoder.receive(text)
        _ = try decoder.receive(EnginePacket(binary: [1]))
        #expect(throws: PacketFault.unexpectedText) { try decoder.receive(text) }
    }

    @Test func `the total size of attachments is bounded`() throws {
        var decoder = SocketIODecoder(settings: settings)
        _ = try decoder.receive(text)
        _ = try decoder.receive(EnginePacket(binary: [1, 2, 3]))
        #expect(throws: PacketFault.attachmentsTooLarge) { try decoder.receive(EnginePacket(binary: [4, 5, 6])) }
    }

    @Test func `the total size of many attachments is bounded`() throws {
        let placeholders = (0..<4).map { "{\"_placeholder\":true,\"num\":\($0)}" }.joined(separator: ",")
        var decoder = SocketIODecoder(settings: settings)
        _ = try decoder.receive(EnginePacket(payload: "54-[\"a\",\(placeholders)]".utf8))
        for _ in 0..<2 { _ = try decoder.receive(EnginePacket(binary: [1, 2])) }
        #expect(throws: PacketFault.attachmentsTooLarge) { try decoder.receive(EnginePacket(binary: [3, 4])) }
    }
}
