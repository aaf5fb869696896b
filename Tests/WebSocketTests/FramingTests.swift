import Testing
import WebSocket

/// Lengths, masks, and reserved bits and opcodes, as tested in sections 1, 3 and 4 of the Autobahn suite.
@Suite struct FramingTests {
    @Test(arguments: [0, 1, 125, 126, 127, 128, 65_535, 65_536])
    func `every length is accepted in its shortest form`(length: Int) {
        let payload = [UInt8](repeating: 0x2A, count: length)
        expectOpen(ClientFrame.text8(payload), [.text(payload)])
        let octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        expectOpen(ClientFrame.binary(octets), [.binary(octets)])
    }

    @Test func `several messages in a row are accepted`() {
        expectOpen(
            ClientFrame.text("") + ClientFrame.binary([0xFE]) + ClientFrame.text("Grüße") + ClientFrame.binary([]),
            [.text([]), .binary([0xFE]), .text("Grüße".bytes), .binary([])])
    }

    @Test func `a mask of zeros is accepted`() {
        expectOpen(RawFrame(opcode: 1, payload: "plain".bytes, maskingKey: 0).bytes, [.text("plain".bytes)])
    }

    @Test(arguments: [0, 1, 125])
    func `a 16-bit length that fits in seven bits is refused`(length: Int) {
        let payload = [UInt8](repeating: 0x2A, count: length)
        expectFailure(
            ClientFrame.text("before") + RawFrame(opcode: 2, payload: payload, lengthForm: .sixteenBits).bytes,
            .lengthNotMinimal, after: [.text("before".bytes)])
    }

    @Test(arguments: [0, 125, 126, 65_535])
    func `a 64-bit length that fits in sixteen bits is refused`(length: Int) {
        let payload = [UInt8](repeating: 0x2A, count: length)
        expectFailure(RawFrame(opcode: 2, payload: payload, lengthForm: .sixtyFourBits).bytes, .lengthNotMinimal)
    }

    @Test(arguments: [UInt64(1) << 63, .max, 1 << 63 | 65_536])
    func `a length with its high bit set is refused`(length: UInt64) {
        let header = RawFrame(opcode: 2, maskingKey: nil, claimedLength: length).bytes
        var wire = header
        wire[1] |= 0x80
        expectFailure(wire, .lengthHighBit)
        // It is refused at the first of the eight bytes.
        var feeder = Feeder()
        feeder.feed(Array(wire[..<2]))
        #expect(feeder.outcome.isOpen)
        feeder.feed([wire[2]])
        #expect(feeder.outcome.events == [.failure(.lengthHighBit)])
    }

    @Test(arguments: [UInt64(1_048_577), 1 << 32, 1 << 62, .max >> 1])
    func `a length over the limit is refused at the header`(length: UInt64) {
        expectFailure(RawFrame(opcode: 2, claimedLength: length).bytes, .messageTooBig)
    }

    @Test(arguments: UInt8(1)...7, [UInt8(0), 1, 2, 8, 9, 10])
    func `reserved bits are refused`(bits: UInt8, opcode: UInt8) {
        let payload = opcode == 8 ? [0x03, 0xE8] : "x".bytes
        expectFailure(
            ClientFrame.text("small") + RawFrame(opcode: opcode, payload: payload, reserved: bits).bytes, .reservedBits,
            after: [.text("small".bytes)])
    }

    @Test(arguments: [UInt8(3), 4, 5, 6, 7, 11, 12, 13, 14, 15], [0, 1, 200])
    func `reserved opcodes are refused`(opcode: UInt8, length: Int) {
        let payload = [UInt8](repeating: 0x2A, count: length)
        expectFailure(
            ClientFrame.text("small") + RawFrame(opcode: opcode, payload: payload).bytes, .reservedOpcode,
            after: [.text("small".bytes)])
    }

    @Test func `a fault is found at the first byte that commits it`() {
        let table: [(wire: [UInt8], fault: WebSocketFault)] = [
            ([0xC1], .reservedBits),
            ([0x83], .reservedOpcode),
            ([0x09], .fragmentedControl),
            ([0x80], .unexpectedContinuation),
            ([0x81, 0x01], .unmaskedFrame),
            ([0x89, 0xFE], .controlTooLong),
            ([0x88, 0x81], .truncatedCloseCode),
            ([0x82, 0xFE, 0x00, 0x7D], .lengthNotMinimal),
            ([0x82, 0xFF, 0x80], .lengthHighBit),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1], .messageTooBig),
        ]
        for (wire, fault) in table {
            var feeder = Feeder()
            feeder.feed(Array(wire.dropLast()))
            #expect(feeder.outcome == Outcome(), "\(fault) is found too early")
            feeder.feed([wire[wire.count - 1]])
            #expect(feeder.outcome.events == [.failure(fault)])
        }
    }

    @Test(arguments: [UInt8(0x81), 0x82, 0x88, 0x89, 0x8A])
    func `a server refuses unmasked frames`(first: UInt8) {
        expectFailure(ClientFrame.text("small") + [first, 0], .unmaskedFrame, after: [.text("small".bytes)])
    }

    @Test(arguments: [UInt8(1), 2, 8, 9, 10])
    func `a client refuses masked frames`(opcode: UInt8) {
        let result = outcome(of: RawFrame(opcode: opcode).bytes, role: .client)
        #expect(result.events == [.failure(.maskedFrame)])
        #expect(result.isClosed)
    }

    @Test func `a client accepts unmasked frames`() {
        let wire =
            RawFrame(opcode: 1, payload: "a".bytes, isFinal: false, maskingKey: nil).bytes
            + RawFrame(opcode: 9, payload: "p".bytes, maskingKey: nil).bytes
            + RawFrame(opcode: 0, payload: "b".bytes, maskingKey: nil).bytes
            + RawFrame(opcode: 2, payload: [UInt8](repeating: 7, count: 70_000), maskingKey: nil).bytes
        let result = outcome(of: wire, role: .client)
        #expect(
            result.events == [.ping("p".bytes), .text("ab".bytes), .binary([UInt8](repeating: 7, count: 70_000))])
        // The mask bit is set; the key of zeros leaves the payload readable.
        #expect(result.replies == [0x8A, 0x81, 0, 0, 0, 0, 0x70])
    }
}
