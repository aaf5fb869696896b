import Bytes
import Testing

@testable import SocketIO

@Suite struct EngineWebSocketTests {
    @Test func `an upgrade loses nothing and keeps the order`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.webSocketArrived(9, now: 0)
        session.sendText("a")
        #expect(session.log() == ["2: 200 4a"])
        session.sendText("b")
        session.webSocketText("2probe", from: 9)
        session.send(EnginePacket(binary: [1]))
        #expect(session.log() == ["9: 3probe"])
        session.webSocketText("5", from: 9)
        session.sendText("c")
        #expect(session.log() == ["upgraded", "9: 4b", "9: b[1]", "9: 4c"])
        #expect(session.bufferedBytes == 0)
        #expect(session.directWebSocket == 9)
    }

    @Test func `a probe ends the waiting poll`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.webSocketArrived(9, now: 0)
        #expect(session.log() == [])
        session.webSocketText("2probe", from: 9)
        #expect(session.log() == ["9: 3probe", "2: 200 6"])
    }

    @Test func `during an upgrade the first poll ends at once, the next ones after an interval`() {
        var session = EngineSession.probed()
        session.pollArrived(2, now: 10)
        #expect(session.log() == ["2: 200 6"])
        session.pollArrived(3, now: 20)
        #expect(session.log() == [])
        #expect(session.deadline == 110)
        session.expire(now: 110)
        #expect(session.log() == ["3: 200 6"])
        session.pollArrived(4, now: 130)
        session.sendText("a")
        #expect(session.log() == ["4: 200 4a"])
    }

    @Test func `a poll still waiting at the upgrade gets a noop`() {
        var session = EngineSession.probed()
        session.pollArrived(2, now: 10)
        _ = session.log()
        session.pollArrived(3, now: 20)
        session.webSocketText("5", from: 9, now: 30)
        #expect(session.log() == ["3: 200 6", "upgraded"])
    }

    @Test func `probe and upgrade may arrive together while a poll waits`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.webSocketArrived(9, now: 0)
        session.webSocketText("2probe", from: 9)
        session.webSocketText("5", from: 9)
        session.webSocketText("4hello", from: 9)
        session.sendText("a")
        #expect(session.log() == ["9: 3probe", "2: 200 6", "upgraded", "message 4hello", "9: 4a"])
    }

    @Test(arguments: ["5", "2", "2probes", "3probe", "4hello", "", "x", "bAA==", "1"])
    func `a candidate that does not probe is closed`(first: String) {
        var session = EngineSession.opened(.polling)
        session.webSocketArrived(9, now: 0)
        session.webSocketText(first, from: 9)
        #expect(session.log() == ["9: close"])
        session.webSocketText("2probe", from: 9)
        session.sendText("a")
        session.pollArrived(2, now: 0)
        #expect(session.log() == ["2: 200 4a"])
    }

    @Test(arguments: ["2", "4hello", "1", "", "x"])
    func `a candidate that does not upgrade is closed`(second: String) {
        var session = EngineSession.probed()
        session.webSocketText(second, from: 9)
        #expect(session.log() == ["9: close"])
        #expect(session.transport == .polling && session.isOpen)
    }

    @Test func `a candidate that sends bytes is closed`() {
        var session = EngineSession.opened(.polling)
        session.webSocketArrived(9, now: 0)
        session.webSocketReceived([0x32], isBinary: true, from: 9, now: 0)
        #expect(session.log() == ["9: close"])
    }

    @Test func `a probe may be repeated`() {
        var session = EngineSession.probed()
        session.webSocketText("2probe", from: 9)
        session.webSocketText("5", from: 9)
        #expect(session.log() == ["9: 3probe", "upgraded"])
    }

    @Test func `a second candidate is closed and the first continues`() {
        var session = EngineSession.probed()
        session.webSocketArrived(10, now: 0)
        #expect(session.log() == ["10: close"])
        session.webSocketText("5", from: 10)
        #expect(session.log() == [])
        session.webSocketText("5", from: 9)
        #expect(session.log() == ["upgraded"])
    }

    @Test func `a new candidate may follow a failed one`() {
        var session = EngineSession.probed()
        session.webSocketGone(9, now: 0)
        session.webSocketArrived(10, now: 0)
        session.webSocketText("2probe", from: 10)
        session.webSocketText("5", from: 10)
        #expect(session.log() == ["10: 3probe", "upgraded"])
    }

    @Test func `a second WebSocket of a WebSocket session is closed`() {
        var session = EngineSession.opened(.webSocket)
        session.webSocketArrived(2, now: 0)
        session.webSocketText("2probe", from: 2)
        session.webSocketText("5", from: 2)
        #expect(session.log() == ["2: close"])
        #expect(session.directWebSocket == 1)
    }

    @Test func `an upgrade has a time limit`() {
        let settings = EngineSettings(upgradeTimeoutMillis: 1000)
        for text in ["6", "2probe"] {
            var session = EngineSession.opened(.polling, settings: settings)
            session.webSocketArrived(9, now: 100)
            if text == "2probe" { session.webSocketText(text, from: 9, now: 200) }
            _ = session.log()
            #expect(session.deadline == 1100)
            session.expire(now: 1099)
            #expect(session.log() == [])
            session.expire(now: 1100)
            #expect(session.log() == ["9: close"])
            session.webSocketText("5", from: 9, now: 1101)
            #expect(session.log() == [])
            #expect(session.transport == .polling)
        }
    }

    @Test func `losing the WebSocket ends the session`() {
        var session = EngineSession.opened(.webSocket)
        session.webSocketGone(7, now: 0)
        #expect(session.isOpen)
        session.webSocketGone(1, now: 0)
        #expect(session.log() == ["closed: transport close"])
    }

    @Test(arguments: ["", "abc", "7", "bA", "0{}", "2", "2probe", "5"])
    func `a malformed frame ends the session`(text: String) {
        var session = EngineSession.opened(.webSocket)
        session.webSocketText(text, from: 1)
        #expect(session.log() == ["1: close", "closed: parse error"])
    }

    @Test func `the end of the session closes the candidate too`() {
        var session = EngineSession.probed()
        session.pollArrived(2, now: 0)
        session.post("1")
        #expect(session.log() == ["5: 200 ok", "2: 200 6", "9: close", "closed: transport close"])
    }

    @Test func `a closed session may complete its upgrade to receive the rest`() {
        var session = EngineSession.probed()
        session.sendText("last")
        session.close(now: 0)
        session.webSocketText("5", from: 9)
        #expect(session.log() == ["9: 4last", "9: close", "closed: forced server close"])
    }

    @Test func `frames from an unknown WebSocket are ignored`() {
        var session = EngineSession.opened(.polling)
        session.webSocketText("4a", from: 3)
        session.webSocketText("x", from: 3)
        #expect(session.log() == [])
        #expect(session.isOpen)
    }
}
