import Bytes
import Testing

@testable import SocketIO

@Suite struct EnginePollingTests {
    private let badRequest = #"400 {"code":3,"message":"Bad request"}"#

    @Test func `a second poll ends the session`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.pollArrived(3, now: 0)
        #expect(session.log() == ["3: \(badRequest)", "2: 200 1", "closed: transport error"])
    }

    @Test func `a poll after an answered one is not an overlap`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.sendText("a")
        #expect(session.log() == ["2: 200 4a"])
        session.pollArrived(2, now: 0)
        #expect(session.log() == [])
        #expect(session.isOpen)
    }

    @Test func `losing a waiting poll ends the session`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.pollGone(3)
        #expect(session.isOpen)
        session.pollGone(2)
        #expect(session.log() == ["closed: transport error"])
    }

    @Test func `losing an answered poll changes nothing`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.sendText("a")
        _ = session.log()
        session.pollGone(2)
        #expect(session.isOpen)
    }

    @Test func `a second POST ends the session`() {
        var session = EngineSession.opened(.polling)
        session.pollArrived(2, now: 0)
        session.postBegan(5)
        session.postBegan(5)
        session.post("4a", 6)
        #expect(session.log() == ["6: \(badRequest)", "2: 200 1", "closed: transport error"])
    }

    @Test func `a second POST is refused at its head`() {
        var session = EngineSession.opened(.polling)
        session.postBegan(5)
        session.postBegan(6)
        #expect(session.log() == ["6: \(badRequest)", "closed: transport error"])
    }

    @Test func `a POST after a complete one is not an overlap`() {
        var session = EngineSession.opened(.polling)
        for connection in 5..<8 as Range<UInt64> {
            session.postBegan(connection)
            session.post("4a", connection)
        }
        #expect(session.log().count == 6)
        #expect(session.isOpen)
    }

    @Test func `losing an incomplete POST ends the session`() {
        var session = EngineSession.opened(.polling)
        session.postBegan(5)
        session.postGone(6)
        #expect(session.isOpen)
        session.postGone(5)
        #expect(session.log() == ["closed: transport error"])
    }

    @Test func `a body over maxPayload ends the session`() {
        let settings = EngineSettings(maxPayload: 10)
        var session = EngineSession.opened(.polling, settings: settings)
        session.post("4123456789")
        #expect(session.log() == ["5: 200 ok", "message 4123456789"])
        session.post("41234567890")
        #expect(session.log() == ["5: 413 {\"code\":3,\"message\":\"Bad request\"}", "closed: transport error"])
    }

    @Test(arguments: ["", "abc", "4a\u{1E}", "4a\u{1E}7", "bA", "0{}", "2", "2probe", "5", "4a\u{1E}5"])
    func `a malformed or misplaced packet in a POST ends the session`(body: String) {
        var session = EngineSession.opened(.polling)
        session.post(body)
        #expect(session.log() == ["5: \(badRequest)", "closed: parse error"])
    }

    @Test func `packets before a close count, packets after it do not`() {
        var session = EngineSession.opened(.polling)
        session.post("4a\u{1E}1\u{1E}4b")
        #expect(session.log() == ["5: 200 ok", "message 4a", "closed: transport close"])
    }

    @Test func `responses have the right content types`() {
        #expect(EngineResponse.ok.contentType == "text/plain; charset=UTF-8")
        #expect(EngineResponse.fault(.badRequest).contentType == "application/json")
        #expect(EngineResponse.tooLarge.contentType == "application/json")
    }
}
