import Testing
import WebSocket

/// Messages in several frames: what the Autobahn suite asks in its section 5.
@Suite struct FragmentationTests {
    @Test func `joins fragments`() {
        expectOpen(
            Client.text("fragment1", isFinal: false) + Client.more("fragment2"), [.text("fragment1fragment2".bytes)])
        expectOpen(
            Client.binary([1, 2], isFinal: false) + Client.more8([3], isFinal: false) + Client.more8([4]),
            [.binary([1, 2, 3, 4])])
    }

    @Test func `takes empty fragments`() {
        expectOpen(
            Client.text("", isFinal: false) + Client.more("", isFinal: false) + Client.more(""), [.text([])])
        expectOpen(
            Client.text("", isFinal: false) + Client.more("middle", isFinal: false) + Client.more(""),
            [.text("middle".bytes)])
    }

    @Test func `answers pings between fragments`() {
        expectOpen(
            Client.text("fragment1", isFinal: false) + Client.ping("ping") + Client.more("fragment2"),
            [.ping("ping".bytes), .text("fragment1fragment2".bytes)], replies: Answer.pong("ping"))
        let five =
            Client.text("fragment1", isFinal: false) + Client.more("fragment2", isFinal: false) + Client.ping("first")
            + Client.more("fragment3", isFinal: false) + Client.more("fragment4", isFinal: false)
            + Client.ping("second") + Client.more("fragment5")
        expectOpen(
            five,
            [
                .ping("first".bytes), .ping("second".bytes),
                .text("fragment1fragment2fragment3fragment4fragment5".bytes),
            ],
            replies: Answer.pong("first") + Answer.pong("second"))
    }

    @Test func `takes a pong between fragments`() {
        expectOpen(
            Client.binary([1], isFinal: false) + Client.pong("p") + Client.more8([2]),
            [.pong("p".bytes), .binary([1, 2])])
    }

    @Test func `closes between fragments`() {
        let result = outcome(of: Client.text("fragment1", isFinal: false) + Client.close() + Client.more("fragment2"))
        #expect(result.events == [.close(.normalClosure, reason: "")])
        #expect(result.replies == Answer.close(1000))
    }

    @Test(arguments: [true, false])
    func `refuses a continuation of nothing`(isFinal: Bool) {
        expectFailure(Client.more("non-continuation", isFinal: isFinal) + Client.text("Hello"), .unexpectedContinuation)
        expectFailure(
            Client.text("fragment1", isFinal: false) + Client.more("fragment2")
                + Client.more("fragment3", isFinal: isFinal) + Client.text("unfragmented"),
            .unexpectedContinuation, after: [.text("fragment1fragment2".bytes)])
    }

    @Test func `refuses a new message in the middle of one`() {
        expectFailure(
            Client.text("fragment1", isFinal: false) + Client.text("fragment2"), .expectedContinuation)
        expectFailure(
            Client.binary([1], isFinal: false) + Client.more8([2], isFinal: false) + Client.text("x", isFinal: false),
            .expectedContinuation)
    }

    @Test func `judges the message not the fragment by the limit`() {
        let limits = WebSocketLimits(messageBytesMax: 10)
        let six = [UInt8](repeating: 0x61, count: 6)
        let four = [UInt8](repeating: 0x62, count: 4)
        expectOpen(Client.text8(six, isFinal: false) + Client.more8(four), [.text(six + four)], limits: limits)
        expectFailure(
            Client.text8(six, isFinal: false) + Client.more8(four, isFinal: false) + Client.more8([0x63]),
            .messageTooBig, limits: limits)
        expectFailure(
            Client.text8(six, isFinal: false) + RawFrame(opcode: 0, claimedLength: 5).bytes, .messageTooBig,
            limits: limits)
        expectFailure(RawFrame(opcode: 1, claimedLength: 11).bytes, .messageTooBig, limits: limits)
        // Control frames are no part of the message.
        expectOpen(
            Client.text8(six, isFinal: false) + Client.pong("eight888") + Client.more8(four),
            [.pong("eight888".bytes), .text(six + four)], limits: limits)
    }

    @Test func `a hundred thousand empty fragments cost nothing`() {
        var feeder = Feeder()
        feeder.feed(Client.text("start", isFinal: false))
        let before = feeder.machine.bufferedBytes
        let empty = Client.more("", isFinal: false)
        let thousand = [[UInt8]](repeating: empty, count: 1000).flatMap { $0 }
        for _ in 0..<100 { feeder.feed(thousand) }
        #expect(feeder.machine.bufferedBytes == before)
        feeder.feed(Client.more("end"))
        #expect(feeder.outcome.events == [.text("startend".bytes)])
    }
}
