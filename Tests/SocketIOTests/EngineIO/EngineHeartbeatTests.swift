import Bytes
import Testing

@testable import SocketIO

@Suite struct EngineHeartbeatTests {
    private let settings = EngineSettings(pingIntervalMillis: 300, pingTimeoutMillis: 200, upgradeTimeoutMillis: 1000)

    @Test func `a ping is due to the millisecond`() {
        var session = EngineSession.opened(.webSocket, settings: settings, now: 50)
        #expect(session.deadline == 350)
        session.expire(now: 349)
        #expect(session.log() == [])
        session.expire(now: 350)
        #expect(session.log() == ["1: 2"])
        #expect(session.deadline == 550)
    }

    @Test func `a pong has the number of its ping`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        for number in 1...3 as ClosedRange<Int64> {
            let now = MonotonicTime(milliseconds: number * 310)
            session.expire(now: now)
            session.webSocketText("3", from: 1, now: now.advanced(byMilliseconds: 5))
            #expect(session.log() == ["1: 2", "pong \(number)"])
            #expect(session.deadline == now.advanced(byMilliseconds: 305))
        }
    }

    @Test func `only a pong keeps a session alive`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        session.expire(now: 300)
        session.webSocketText("4hello", from: 1, now: 400)
        session.webSocketText("6", from: 1, now: 499)
        _ = session.log()
        session.expire(now: 500)
        #expect(session.log() == ["1: close", "closed: ping timeout"])
    }

    @Test func `a pong without a ping proves nothing`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        session.webSocketText("3", from: 1, now: 100)
        #expect(session.log() == [])
        #expect(session.deadline == 300)
    }

    @Test func `an early ping gets the next number and restarts the interval`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        #expect(session.pingNow(now: 100) == 1)
        #expect(session.log() == ["1: 2"])
        #expect(session.deadline == 300)
        session.webSocketText("3", from: 1, now: 110)
        #expect(session.log() == ["pong 1"])
        #expect(session.deadline == 410)
    }

    @Test func `an early ping waits for the outstanding pong`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        session.expire(now: 300)
        session.sendText("event")
        #expect(session.pingNow(now: 310) == 2)
        #expect(session.pingNow(now: 311) == 2)
        #expect(session.log() == ["1: 2", "1: 4event"])
        session.webSocketText("3", from: 1, now: 320)
        #expect(session.log() == ["pong 1", "1: 2"])
        session.webSocketText("3", from: 1, now: 330)
        #expect(session.log() == ["pong 2"])
        #expect(session.deadline == 630)
    }

    @Test func `an early ping over polling follows the packets sent before it`() {
        var session = EngineSession.opened(.polling, settings: settings)
        session.sendText("event")
        #expect(session.pingNow(now: 0) == 1)
        session.pollArrived(2, now: 0)
        #expect(session.log() == ["2: 200 4event\u{1E}2"])
        session.post("3")
        #expect(session.log() == ["5: 200 ok", "pong 1"])
    }

    @Test func `a late timer leaves the client its full time`() {
        var session = EngineSession.opened(.webSocket, settings: settings)
        session.expire(now: 10_000)
        #expect(session.log() == ["1: 2"])
        #expect(session.deadline == 10_200)
    }

    @Test func `a ping timeout answers the waiting poll`() {
        var session = EngineSession.opened(.polling, settings: settings)
        session.pollArrived(2, now: 0)
        session.expire(now: 300)
        #expect(session.log() == ["2: 200 2"])
        session.pollArrived(3, now: 310)
        session.expire(now: 500)
        #expect(session.log() == [#"3: 400 {"code":1,"message":"Session ID unknown"}"#, "closed: ping timeout"])
    }

    @Test func `a poll after the ping timeout is refused even if the timer has not run`() {
        var session = EngineSession.opened(.polling, settings: settings)
        session.expire(now: 300)
        session.pollArrived(2, now: 500)
        #expect(session.log() == ["closed: ping timeout", #"2: 400 {"code":1,"message":"Session ID unknown"}"#])
    }

    @Test func `a pong may follow a probe`() {
        var session = EngineSession.opened(.polling, settings: settings)
        session.pollArrived(2, now: 0)
        session.expire(now: 300)
        #expect(session.log() == ["2: 200 2"])
        session.webSocketArrived(9, now: 310)
        session.webSocketText("2probe", from: 9, now: 320)
        #expect(session.log() == ["9: 3probe"])
        #expect(session.deadline == 1310)
        session.expire(now: 600)
        session.webSocketText("5", from: 9, now: 700)
        #expect(session.log() == ["upgraded"])
        #expect(session.deadline == 900)
        session.webSocketText("3", from: 9, now: 710)
        #expect(session.log() == ["pong 1"])
        #expect(session.deadline == 1010)
    }

    @Test func `a pong is due again after a failed upgrade`() {
        var session = EngineSession.probed(settings: settings)
        session.expire(now: 300)
        session.expire(now: 999)
        #expect(session.log() == [])
        session.expire(now: 1000)
        #expect(session.log() == ["9: close"])
        #expect(session.deadline == 1200)
        session.expire(now: 1200)
        #expect(session.log() == ["closed: ping timeout"])
    }

    @Test func `the ping interval continues through the upgrade`() {
        var session = EngineSession.probed(settings: settings)
        session.webSocketText("5", from: 9, now: 100)
        #expect(session.deadline == 300)
        session.expire(now: 300)
        #expect(session.log() == ["upgraded", "9: 2"])
    }
}
