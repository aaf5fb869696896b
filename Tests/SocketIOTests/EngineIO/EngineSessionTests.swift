import Bytes
import Testing

@testable import SocketIO

@Suite struct EngineSessionTests {
    @Test func `the open packet is the first action`() {
        let settings = EngineSettings()
        var session = EngineSession(id: "Ab-_9", transport: .polling, connection: 7, settings: settings, now: 0)
        let open =
            #"{"sid":"Ab-_9","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        #expect(session.log() == ["7: 200 0\(open)"])
        #expect(session.transport == .polling)
        #expect(session.directWebSocket == nil)
    }

    @Test func `upgrades are offered only if they are allowed`() {
        let settings = EngineSettings(allowUpgrades: false)
        var session = EngineSession(id: "s", transport: .polling, connection: 7, settings: settings, now: 0)
        #expect(session.log().first?.contains(#""upgrades":[]"#) == true)
        session.webSocketArrived(8, now: 0)
        #expect(session.log() == ["8: close"])
    }

    @Test func `packets sent between polls share one answer`() {
        var session = EngineSession.opened(.polling)
        for text in ["a", "b", "c"] { session.sendText(text) }
        session.send(EnginePacket(binary: [1]))
        #expect(session.log() == [])
        session.pollArrived(2, now: 0)
        #expect(session.log() == ["2: 200 4a\u{1E}4b\u{1E}4c\u{1E}bAQ=="])
        #expect(session.bufferedBytes == 0)
    }

    @Test func `packets sent while a poll waits share one answer`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        for text in ["a", "b", "c"] { session.sendText(text) }
        #expect(session.log() == ["2: 200 4a\u{1E}4b\u{1E}4c"])
    }

    @Test func `an answer holds as many packets as maxPayload allows`() {
        var session = EngineSession.opened(.polling, settings: EngineSettings(maxPayload: 10, bufferedBytesMax: 1000))
        for text in ["aaaa", "bbbb", "cccc", "dddddddddddddd", "e"] { session.sendText(text) }
        var answers: [String] = []
        for connection in 2..<6 as Range<UInt64> {
            session.pollArrived(connection, now: 0)
            answers += session.log()
        }
        #expect(answers == ["2: 200 4aaaa", "3: 200 4bbbb", "4: 200 4cccc", "5: 200 4dddddddddddddd"])
        session.pollArrived(6, now: 0)
        #expect(session.log() == ["6: 200 4e"])

        session.sendText("aaa")
        session.sendText("bbbb")
        session.pollArrived(7, now: 0)
        #expect(session.log() == ["7: 200 4aaa\u{1E}4bbbb"])
    }

    @Test func `an answer holds as many packets as clients accept`() {
        var session = EngineSession.opened(.polling)
        for number in 0..<40 { session.sendText("\(number)") }
        var sizes: [Int] = []
        for connection in 2..<5 as Range<UInt64> {
            session.pollArrived(connection, now: 0)
            sizes += session.log().map { $0.split(separator: "\u{1E}").count }
        }
        #expect(sizes == [16, 16, 8])
    }

    @Test func `an overfull buffer ends the session`() {
        var session = EngineSession.opened(.polling, settings: EngineSettings(maxPayload: 10, bufferedBytesMax: 20))
        #expect(session.send(EnginePacket(payload: "123456789".utf8)) == true)
        #expect(session.bufferedBytes == 11)
        #expect(session.send(EnginePacket(payload: "123456789".utf8)) == false)
        #expect(session.log() == ["closed: send buffer full"])
        #expect(!session.isOpen)
        #expect(session.bufferedBytes == 0)
    }

    @Test func `a WebSocket sends at once`() {
        var session = EngineSession.opened(.webSocket)
        #expect(session.directWebSocket == 1)
        session.sendText("a")
        #expect(session.directWebSocket == nil)
        #expect(session.log() == ["1: 4a"])
        #expect(session.directWebSocket == 1)
    }

    private let unknown = #"400 {"code":1,"message":"Session ID unknown"}"#

    @Test func `closing over a WebSocket sends earlier packets first`() {
        var session = EngineSession.opened(.webSocket)
        session.sendText("a")
        session.close(now: 0)
        #expect(session.send(EnginePacket(payload: "b".utf8)) == false)
        #expect(session.log() == ["1: 4a", "1: close", "closed: forced server close"])
        #expect(session.deadline == nil)
    }

    @Test func `closing over polling answers the waiting poll`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.sendText("a")
        session.close(.serverShutdown, now: 0)
        #expect(session.log() == ["2: 200 4a", "closed: server shutting down"])
    }

    @Test(arguments: [EngineCloseReason.serverShutdown, .forcedClose])
    func `closing over polling without packets answers the waiting poll`(reason: EngineCloseReason) {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.close(reason, now: 0)
        #expect(session.log() == ["2: \(unknown)", "closed: \(reason.text)"])
    }

    @Test func `closing over polling waits for the next poll`() {
        var session = EngineSession.opened(.polling)
        session.sendText("a")
        session.close(now: 100)
        #expect(session.log() == [])
        #expect(session.deadline == 30_100)
        session.post("4late\u{1E}3", now: 200)
        #expect(session.log() == ["5: 200 ok"])
        session.pollArrived(2, now: 300)
        #expect(session.log() == ["2: 200 4a", "closed: forced server close"])
    }

    @Test func `closing over polling sends all buffered packets first`() {
        var session = EngineSession.opened(.polling, settings: EngineSettings(pollPacketsMax: 2))
        for text in ["a", "b", "c", "d"] { session.sendText(text) }
        session.close(now: 0)
        var answers: [String] = []
        for connection in 2..<4 as Range<UInt64> {
            session.pollArrived(connection, now: 0)
            answers += session.log()
        }
        #expect(
            answers == ["2: 200 4a\u{1E}4b", "3: 200 4c\u{1E}4d", "closed: forced server close"])
    }

    /// The official client has stopped polling by then.
    @Test(arguments: [true, false])
    func `closing in the middle of an upgrade waits for it`(completes: Bool) {
        var session = EngineSession.opened(.polling)
        session.webSocketArrived(9, now: 0)
        session.webSocketText("2probe", from: 9)
        #expect(session.log() == ["9: 3probe"])
        session.sendText("a")
        session.pollArrived(2, now: 0)
        session.close(now: 0)
        #expect(session.log() == ["2: 200 4a"])
        session.pollArrived(3, now: 0)
        if completes {
            session.webSocketText("5", from: 9)
            #expect(session.log().suffix(2) == ["9: close", "closed: forced server close"])
        } else {
            session.webSocketGone(9, now: 0)
            #expect(session.log().last == "closed: forced server close")
        }
    }

    @Test func `closing over polling gives up if no poll comes`() {
        var session = EngineSession.opened(.polling)
        session.sendText("a")
        session.close(now: 0)
        session.expire(now: 29_999)
        #expect(session.log() == [])
        session.expire(now: 30_000)
        #expect(session.log() == ["closed: forced server close"])
    }

    @Test func `closing drops messages that the application has not consumed`() {
        var session = EngineSession.opened(.webSocket)
        session.webSocketText("4a", from: 1)
        session.webSocketText("4b", from: 1)
        #expect(session.nextAction() == .message(EnginePacket(payload: "a".utf8)))
        session.close(now: 0)
        #expect(session.log() == ["1: close", "closed: forced server close"])
    }

    @Test func `a closed session refuses requests and ignores the rest`() {
        var session = EngineSession.opened(.polling)
        session.post("1")
        _ = session.log()
        session.pollArrived(2, now: 0)
        session.post("4a", 3)
        session.webSocketArrived(4, now: 0)
        session.webSocketText("4a", from: 4)
        session.close(now: 0)
        session.expire(now: 1_000_000)
        session.pollGone(2)
        session.webSocketGone(4, now: 0)
        #expect(session.pingNow(now: 0) == nil)
        #expect(session.log() == ["2: \(unknown)", "3: \(unknown)", "4: close"])
    }

    @Test func `messages are the same whether they arrive together or one by one`() {
        let texts = ["4a", "bAQID", "6", "4", "4€uro", "3", "bAA=="]
        var whole = EngineSession.opened(.polling)
        whole.post(texts.joined(separator: "\u{1E}"))
        var single = EngineSession.opened(.polling)
        var webSocket = EngineSession.opened(.webSocket)
        for text in texts {
            single.post(text)
            webSocket.webSocketText(text, from: 1)
        }
        let messages = ["message 4a", "message b[1, 2, 3]", "message 4", "message 4€uro", "message b[0]"]
        #expect(whole.log().filter { $0.hasPrefix("message") } == messages)
        #expect(single.log().filter { $0.hasPrefix("message") } == messages)
        #expect(webSocket.log() == messages)
    }

    @Test func `an idle session is small`() {
        print(
            "EngineSession \(MemoryLayout<EngineSession>.size), SocketIOSession \(MemoryLayout<SocketIOSession>.size)")
        #expect(MemoryLayout<EngineSession>.size <= 200)
        #expect(MemoryLayout<SocketIOSession>.size <= 100)
    }
}
