import Testing
import WebSocket

@Suite struct WebSocketFrameTests {
    func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var output: [UInt8] = []
        WebSocketFrame.encode(opcode, payload, isFinal: isFinal, into: &output)
        return output
    }

    /// RFC 6455, section 5.7.
    @Test func `the examples of the standard are written`() {
        let hello = "Hello".bytes
        #expect(frame(.text, hello) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        var masked: [UInt8] = []
        WebSocketFrame.encode(.text, hello, maskingKey: 0x3D21_FA37, into: &masked)
        #expect(masked == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        #expect(
            frame(.text, "Hel".bytes, isFinal: false) + frame(.continuation, "lo".bytes)
                == [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F])
        #expect(frame(.ping, hello) == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(frame(.binary, [UInt8](repeating: 0, count: 256))[..<4] == [0x82, 0x7E, 0x01, 0x00])
        #expect(
            frame(.binary, [UInt8](repeating: 0, count: 65_536))[..<10]
                == [0x82, 0x7F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00])
    }

    /// RFC 6455, section 5.7.
    @Test func `the examples of the standard are read`() {
        let masked: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        expectOpen(masked, [.text("Hello".bytes)])
        let maskedPong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        expectOpen(maskedPong, [.pong("Hello".bytes)])
        let fragments: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
        #expect(outcome(of: fragments, role: .client).events == [.text("Hello".bytes)])
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func `frames are read by the other side`(length: Int) {
        let payload = [UInt8](repeating: 0x61, count: length)
        #expect(outcome(of: frame(.text, payload), role: .client).events == [.text(payload)])
        var masked = ClientFrame.ping("before")
        WebSocketFrame.encode(.binary, payload, maskingKey: 0xFEDC_BA98, into: &masked)
        #expect(
            outcome(of: masked, role: .server).events == [.ping("before".bytes), .binary(payload)])
    }

    @Test func `frames of every length are written as in the standard`() {
        for length in [0, 5, 125, 126, 300, 65_535, 65_536] {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            #expect(frame(.binary, payload) == RawFrame(opcode: 2, payload: payload, maskingKey: nil).bytes)
            var masked: [UInt8] = []
            WebSocketFrame.encode(.binary, payload, isFinal: false, maskingKey: 0x0102_0304, into: &masked)
            #expect(
                masked == RawFrame(opcode: 2, payload: payload, isFinal: false, maskingKey: 0x0102_0304).bytes)
        }
    }
}
