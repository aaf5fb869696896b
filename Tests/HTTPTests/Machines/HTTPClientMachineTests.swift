import Bytes
import HTTP
import Testing

@Suite struct HTTPClientMachineTests {
    /// The client's events for `pieces` after a request, one line each, then its state. Then the input ends.
    private func events(
        _ pieces: [ArraySlice<UInt8>], method: HTTPMethod, limits: HTTPLimits, fields: HTTPFields
    ) -> [String] {
        var machine = HTTPClientMachine(limits: limits)
        var request: [UInt8] = []
        machine.send(method, "/", host: "a", fields: fields, into: &request)
        var events: [String] = []
        func readEvents() {
            while let event = machine.nextEvent() {
                switch event {
                case .response(let response):
                    let body = String(decoding: response.body, as: UTF8.self)
                    events.append("\(response.status.rawValue) \"\(body)\"\(response.close ? " close" : "")")
                case .fault(.malformed): events.append("malformed")
                case .fault(.tooLarge): events.append("too large")
                case .fault(.incomplete): events.append("incomplete")
                }
            }
        }
        for piece in pieces {
            machine.receive(Array(piece).span)
            readEvents()
        }
        events.append(machine.isReady ? "ready" : machine.wantsClose ? "closed" : "waits")
        machine.inputClosed()
        readEvents()
        return events
    }

    /// The events for a text, which must be the same in every split.
    private func response(
        _ text: String, to method: HTTPMethod = .get, limits: HTTPLimits = HTTPLimits(),
        fields: HTTPFields = HTTPFields(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let bytes = Array(text.utf8)
        let whole = events([bytes[...]], method: method, limits: limits, fields: fields)
        for pieces in ServerConversation.splits(of: bytes) {
            let events = events(pieces, method: method, limits: limits, fields: fields)
            #expect(events == whole, "in pieces of \(pieces.map(\.count))", sourceLocation: sourceLocation)
        }
        return whole.joined(separator: "|")
    }

    @Test func `content is read by length, by chunks or to the end`() {
        #expect(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") == "200 \"hi\"|ready")
        #expect(response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n") == "200 \"\"|ready")
        #expect(response("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n") == "404 \"\"|ready")
        #expect(
            response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n")
                == "200 \"hi\"|ready")
        #expect(response("HTTP/1.1 200 OK\r\n\r\nhi") == "waits|200 \"hi\" close")
        #expect(response("HTTP/1.0 200 OK\r\n\r\n") == "waits|200 \"\" close")
    }

    @Test func `HEAD, 204 and 304 have no content`() {
        #expect(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", to: .head) == "200 \"\"|ready")
        #expect(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: .head) == "200 \"\"|ready")
        #expect(response("HTTP/1.1 204 No Content\r\n\r\n") == "204 \"\"|ready")
        #expect(response("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n") == "304 \"\"|ready")
    }

    @Test func `the connection persists unless either side closes it`() {
        #expect(
            response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") == "200 \"\" close|closed")
        #expect(response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == "200 \"\" close|closed")
        #expect(response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n") == "200 \"\"|ready")
        #expect(
            response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", fields: ["Connection": "close"])
                == "200 \"\" close|closed")
    }

    @Test func `interim responses are ignored up to a limit`() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
        #expect(response("\(interim)HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") == "200 \"hi\"|ready")
        #expect(response(String(repeating: "HTTP/1.1 100\r\n\r\n", count: 16)) == "waits|incomplete")
        #expect(response(String(repeating: "HTTP/1.1 100\r\n\r\n", count: 17)) == "malformed|closed")
        #expect(response("HTTP/1.1 101 Switching Protocols\r\n\r\n") == "malformed|closed")
    }

    @Test(arguments: [
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200\tOK\r\n\r\n", "HTTP/1.1 200 O\u{0}K\r\n\r\n", "HTTP/1.1 200 OK\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ]) func `malformed responses are a fault`(_ text: String) {
        #expect(response(text) == "malformed|closed")
    }

    @Test func `a response cut short is a fault`() {
        #expect(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi") == "waits|incomplete")
        #expect(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n") == "waits|incomplete")
        #expect(response("HTTP/1.1 20") == "waits|incomplete")
    }

    @Test func `responses over a limit are a fault`() {
        var limits = HTTPLimits()
        limits.requestTargetBytesMax = 1
        limits.headBytesMax = 80
        limits.bodyBytesMax = 3
        limits.fieldCountMax = 2
        #expect(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", limits: limits) == "200 \"abc\"|ready")
        #expect(response("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", limits: limits) == "too large|closed")
        #expect(response("HTTP/1.1 200 OK\r\n\r\nabc", limits: limits) == "waits|200 \"abc\" close")
        #expect(response("HTTP/1.1 200 OK\r\n\r\nabcd", limits: limits) == "too large|closed")
        #expect(response("HTTP/1.1 200 OK\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n", limits: limits) == "too large|closed")
        #expect(response("HTTP/1.1 200 " + String(repeating: "a", count: 70), limits: limits) == "too large|closed")
    }

    @Test func `a response without a request is a fault`() {
        #expect(response("HTTP/1.1 204\r\n\r\nHTTP/1.1 204\r\n\r\n").hasPrefix("204 \"\"|malformed"))
    }

    @Test func `a connection serves several requests`() {
        var machine = HTTPClientMachine()
        for number in 1...3 {
            var request: [UInt8] = []
            machine.send(.get, "/\(number)", host: "a", into: &request)
            #expect(!machine.isReady)
            machine.receive(Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)".utf8).span)
            guard case .response(let response)? = machine.nextEvent() else {
                Issue.record("no response")
                return
            }
            #expect(String(decoding: response.body, as: UTF8.self) == "\(number)")
            #expect(machine.isReady && machine.bufferedBytes == 0)
        }
    }

    @Test func `bytes after an upgrade are handed over`() {
        var machine = HTTPClientMachine()
        var request: [UInt8] = []
        machine.send(.get, "/", host: "a", fields: ["Upgrade": "websocket", "Connection": "Upgrade"], into: &request)
        machine.receive(Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}".utf8).span)
        guard case .response(let response)? = machine.nextEvent() else {
            Issue.record("no response")
            return
        }
        #expect(response.status == .switchingProtocols && response.fields["upgrade"] == "websocket")
        #expect(machine.nextEvent() == nil && machine.drainUpgradedBytes() == [1, 2] && !machine.isReady)
    }

    @Test func `the server machine reads what the client sends`() {
        var machine = HTTPClientMachine()
        var output: [UInt8] = []
        machine.send(
            .post, "/a b?c=\u{E9}\r\n", host: "b:80",
            fields: ["X": "1\r\nY: 2", "Host": "evil", "Content-Length": "9", "Transfer-Encoding": "chunked"],
            body: Array("hi".utf8), into: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "POST /a%20b?c=%C3%A9%0D%0A HTTP/1.1\r\nHost: b:80\r\nX: 1  Y: 2\r\nContent-Length: 2\r\n\r\nhi")
        #expect(
            ServerConversation.events(of: [output[...]]) == [
                "POST /a%20b [\"a b\"] {c=\u{E9}\r\n} b:80 \"hi\"", "idle",
            ])
    }
}
