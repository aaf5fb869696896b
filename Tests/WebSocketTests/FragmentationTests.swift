import Testing
import WebSocket

/// Messages in several frames, as tested in section 5 of the Autobahn suite.
@Suite struct FragmentationTests {
    @Test func `fragments are joined`() {
        expectOpen(
            ClientFrame.text("fragment1", isFinal: false) + ClientFrame.more("fragment2"),
            [.text("fragment1fragment2".bytes)])
        expectOpen(
            ClientFrame.binary([1, 2], isFinal: false) + ClientFrame.more8([3], isFinal: false)
                + ClientFrame.more8([4]),
            [.binary([1, 2, 3, 4])])
    }

    @Test func `empty fragments are accepted`() {
        expectOpen(
            ClientFrame.text("", isFinal: false) + ClientFrame.more("", isFinal: false) + ClientFrame.more(""),
            [.text([])])
        expectOpen(
            ClientFrame.text("", isFinal: false) + ClientFrame.more("middle", isFinal: false) + ClientFrame.more(""),
            [.text("middle".bytes)])
    }

    @Test func `pings between fragments are answered`() {
        expectOpen(
            ClientFrame.text("fragment1", isFinal: false) + ClientFrame.ping("ping") + ClientFrame.more("fragment2"),
            [.ping("ping".bytes), .text("fragment1fragment2".bytes)], replies: ServerFrame.pong("ping"))
        let five =
            ClientFrame.text("fragment1", isFinal: false) + ClientFrame.more("fragment2", isFinal: false)
            + ClientFrame.ping("first")
            + ClientFrame.more("fragment3", isFinal: false) + ClientFrame.more("fragment4", isFinal: false)
            + ClientFrame.ping("second") + ClientFrame.more("fragment5")
        expectOpen(
            five,
            [
                .ping("first".bytes), .ping("second".bytes),
                .text("fragment1fragment2fragment3fragment4fragment5".bytes),
            ],
            replies: ServerFrame.pong("first") + ServerFrame.pong("second"))
    }

    @Test func `a pong between fragments is reported`() {
        expectOpen(
            ClientFrame.binary([1], isFinal: false) + ClientFrame.pong("p") + ClientFrame.more8([2]),
            [.pong("p".bytes), .binary([1, 2])])
    }

    @Test func `a close between fragments is answered`() {
        let result = outcome(
            of: ClientFrame.text("fragment1", isFinal: false) + ClientFrame.close() + ClientFrame.more("fragment2"))
        #expect(result.events == [.close(.normalClosure, reason: "")])
        #expect(result.replies == ServerFrame.close(1000))
    }

    @Test(arguments: [true, false])
    func `a continuation of nothing is refused`(isFinal: Bool) {
        expectFailure(
            ClientFrame.more("non-continuation", isFinal: isFinal) + ClientFrame.text("Hello"), .unexpectedContinuation)
        expectFailure(
            ClientFrame.text("fragment1", isFinal: false) + ClientFrame.more("fragment2")
                + ClientFrame.more("fragment3", isFinal: isFinal) + ClientFrame.text("unfragmented"),
            .unexpectedContinuation, after: [.text("fragment1fragment2".bytes)])
    }

    @Test func `a new message in the middle of another is refused`() {
        expectFailure(
            ClientFrame.text("fragment1", isFinal: false) + ClientFrame.text("fragment2"), .expectedContinuation)
        expectFailure(
            ClientFrame.binary([1], isFinal: false) + ClientFrame.more8([2], isFinal: false)
                + ClientFrame.text("x", isFinal: false),
            .expectedContinuation)
    }

    @Test func `the limit applies to the message, not to its fragments`() {
        let limits = WebSocketLimits(messageBytesMax: 10)
        let six = [UInt8](repeating: 0x61, count: 6)
        let four = [UInt8](repeating: 0x62, count: 4)
        expectOpen(
            ClientFrame.text8(six, isFinal: false) + ClientFrame.more8(four), [.text(six + four)], limits: limits)
        expectFailure(
            ClientFrame.text8(six, isFinal: false) + ClientFrame.more8(four, isFinal: false)
                + ClientFrame.more8([0x63]),
            .messageTooBig, limits: limits)
        expectFailure(
            ClientFrame.text8(six, isFinal: false) + RawFrame(opcode: 0, claimedLength: 5).bytes, .messageTooBig,
            limits: limits)
        expectFailure(RawFrame(opcode: 1, claimedLength: 11).bytes, .messageTooBig, limits: limits)
        // Control frames do not count.
        expectOpen(
            ClientFrame.text8(six, isFinal: false) + ClientFrame.pong("eight888") + ClientFrame.more8(four),
            [.pong("eight888".bytes), .text(six + four)], limits: limits)
    }

    @Test func `a hundred thousand empty fragments cost nothing`() {
        var feeder = Feeder()
        feeder.feed(ClientFrame.text("start", isFinal: false))
        let before = feeder.machine.bufferedBytes
        let empty = ClientFrame.more("", isFinal: false)
        let thousand = [[UInt8]](repeating: empty, count: 1000).flatMap { $0 }
        for _ in 0..<100 { feeder.feed(thousand) }
        #expect(feeder.machine.bufferedBytes == before)
        feeder.feed(ClientFrame.more("end"))
        #expect(feeder.outcome.events == [.text("startend".bytes)])
    }
}
