import Testing

extension Conformance {
    /// Engine.IO over GET and POST.
    @Suite struct EnginePolling {
        private let server: ConformanceProcess
        private let peer: Peer

        init() throws {
            server = try ConformanceProcess()
            peer = try server.connect()
        }

        @Test(arguments: [
            "4hello", "4one\u{1E}4two\u{1E}4three", "4hello\u{1E}bAQIDBA==", "4", "4\u{E9}\u{20AC}\u{1F600}", "b",
        ])
        func `a posted payload comes back with the poll`(_ payload: String) throws {
            let session = try peer.openSession()
            let posted = try peer.post(payload, session)
            #expect(posted.status == 200)
            #expect(posted.text == "ok")
            let polled = try peer.poll(session)
            #expect(polled.status == 200)
            #expect(polled["content-type"] == "text/plain; charset=UTF-8")
            #expect(polled.text == payload)
        }

        @Test(arguments: ["abc", "", "7", "4a\u{1E}", "\u{1E}4a", "b!", "bAQ", "2", "0", "5"])
        func `a malformed payload ends the session`(_ payload: String) throws {
            let session = try peer.openSession()
            #expect(try peer.post(payload, session).status == 400)
            #expect(try peer.poll(session).status == 400)
        }

        @Test func `text that is not UTF-8 ends the session`() throws {
            let session = try peer.openSession()
            try peer.send(Peer.request("POST", session.target(), body: [0x34, 0xC0, 0xAF]))
            #expect(try peer.reply().status == 400)
            #expect(try peer.poll(session).status == 400)
        }

        @Test func `a payload over the limit is refused and ends the session`() throws {
            let session = try peer.openSession()
            let most = "4" + String(repeating: "a", count: 999_999)
            #expect(try peer.post(most, session).status == 200)
            #expect(try peer.poll(session).text == most)
            let other = try peer.openSession()
            #expect(try peer.post(most + "a", other).status == 413)
            #expect(try server.connect().poll(other).status == 400)
        }

        @Test func `two polls at once end the session`() throws {
            let session = try peer.openSession()
            try peer.beginPoll(session)
            sleep(millis: 5)
            #expect(try server.connect().ask("GET", session.target() + "&t=burst").status == 400)
            let first = try peer.reply()
            #expect(first.status == 200)
            #expect(first.text == "1")
            #expect(try peer.poll(session).status == 400)
        }

        @Test(arguments: [true, false])
        func `an aborted poll ends the session`(byReset: Bool) throws {
            let session = try peer.openSession()
            let other = try server.connect()
            do {
                let leaving = try server.connect()
                try leaving.beginPoll(session)
                sleep(millis: 5)
                if byReset { leaving.reset() }
            }
            #expect(try other.poll(session).status == 400)
        }

        @Test func `packets that arrive during a poll share its answer`() throws {
            let session = try peer.openSession()
            try peer.beginPoll(session)
            #expect(try server.connect().post("4a\u{1E}4b\u{1E}4c", session).status == 200)
            #expect(try peer.reply().text == "4a\u{1E}4b\u{1E}4c")
        }

        @Test func `a close from the client ends its poll with a noop`() throws {
            for path in ["/engine.io/", "/socket.io/"] {
                let session = try peer.openSession(path)
                try peer.beginPoll(session, path)
                sleep(millis: 5)
                #expect(try server.connect().post("1", session, path).text == "ok")
                let released = try peer.reply()
                #expect(released.status == 200)
                #expect(released.text == "6")
                #expect(try peer.poll(session, path).status == 400)
            }
        }

        @Test func `polls and POSTs may share one connection in a pipeline`() throws {
            let session = try peer.openSession()
            var requests = Peer.request("POST", session.target(), body: Array("4a".utf8))
            requests += Peer.request("GET", session.target())
            requests += Peer.request("POST", session.target(), body: Array("4b".utf8))
            requests += Peer.request("GET", session.target())
            try peer.send(requests)
            #expect(try (0..<4).map { _ in try peer.reply().text } == ["ok", "4a", "ok", "4b"])
        }

        @Test func `unfetched packets are bounded`() throws {
            let session = try peer.openSession()
            let body = "4" + String(repeating: "a", count: 900_000)
            var accepted = 0
            while accepted < 20, try peer.post(body, session).status == 200 { accepted += 1 }
            #expect((1..<20).contains(accepted))
            #expect(try server.connect().poll(session).status == 400)
        }
    }
}
