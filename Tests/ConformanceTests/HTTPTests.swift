import Testing

extension Conformance {
    /// HTTP/1.1 on the wire. `/x` does not exist, so a good request gets 404.
    @Suite struct HTTP {
        private let server: ConformanceProcess
        private let get = Peer.request("GET", "/x")

        init() throws { server = try ConformanceProcess() }

        @Test func `a thousand requests in a pipeline are answered in order`() throws {
            let peer = try server.connect()
            let session = try peer.openSession()
            var sent: [UInt8] = []
            for index in 0..<500 {
                sent += Peer.request("POST", session.target(), body: Array("4message \(index)".utf8))
                sent += Peer.request("GET", session.target())
            }
            try peer.send(sent)
            for index in 0..<500 {
                #expect(try peer.reply().text == "ok")
                #expect(try peer.reply().text == "4message \(index)")
            }
        }

        @Test func `a request may arrive byte by byte`() throws {
            let peer = try server.connect()
            for request in [get, Peer.request("POST", "/x", body: Array("hello".utf8))] {
                try peer.send(request, chop: 1)
                #expect(try peer.reply().status == 404)
            }
        }

        @Test func `a connection is reused until the client asks for its end`() throws {
            let peer = try server.connect()
            for _ in 0..<20 {
                let reply = try peer.ask("GET", "/x")
                #expect(reply.status == 404)
                #expect(reply["connection"]?.lowercased() != "close")
                #expect(reply["date"] != nil)
            }
            let last = try peer.ask("GET", "/x", fields: ["Connection: close"])
            #expect(last["connection"] == "close")
            #expect(try peer.readToEnd() == [])
        }

        @Test func `an HTTP/1.0 request closes the connection after its answer`() throws {
            let peer = try server.connect()
            try peer.send("GET /x HTTP/1.0\r\n\r\n")
            #expect(try peer.reply().status == 404)
            #expect(try peer.readToEnd() == [])
        }

        @Test func `the answer to HEAD has the length but no body`() throws {
            let peer = try server.connect()
            let body = try peer.ask("GET", "/x")
            let head = try peer.ask("HEAD", "/x")
            #expect(head.status == body.status)
            #expect(head["content-length"] == body["content-length"])
            #expect(try peer.ask("GET", "/x").body == body.body)
        }

        @Test func `preflights are answered`() throws {
            let peer = try server.connect()
            let fields = ["Origin: http://a.example", "Access-Control-Request-Method: POST"]
            for path in ["/socket.io/?EIO=4&transport=polling", "/x"] {
                let reply = try peer.ask("OPTIONS", path, fields: fields)
                #expect(reply.status == 204)
                #expect(reply["access-control-allow-origin"] == "*")
            }
            #expect(
                try peer.ask("GET", "/x", fields: ["Origin: http://a.example"])["access-control-allow-origin"] == "*")
        }

        // MARK: The end of the client's side

        @Test func `a half-closed client gets its answers`() throws {
            let peer = try server.connect()
            try peer.send(get + get + get)
            peer.finishSending()
            for _ in 0..<3 { #expect(try peer.reply().status == 404) }
            #expect(try peer.readToEnd() == [])
        }

        @Test func `a half-closed client gets all of a long answer`() throws {
            for lastField in [[], ["Connection: close"]] {
                let peer = try server.connect()
                peer.narrow()
                try peer.send(Peer.request("GET", "/long") + Peer.request("GET", "/long", fields: lastField))
                peer.finishSending()
                for _ in 1...2 {
                    let body = try peer.reply().body
                    let isWhole = body.count == 8 * 1024 * 1024 && body.allSatisfy { $0 == 0x61 }
                    #expect(isWhole, "\(body.count) bytes")
                }
                let rest = try peer.readToEnd().count
                #expect(rest == 0)
            }
        }

        @Test func `a client that leaves in the middle of a request is forgotten`() throws {
            let before = server.descriptorCount
            for partial in [
                "G", "GET /x HTTP/1.1\r\nHo", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
            ] {
                for leave in [Peer.reset, Peer.finishSending] {
                    let peer = try server.connect()
                    try peer.send(partial)
                    leave(peer)()
                }
            }
            let time = Stopwatch()
            while server.descriptorCount > before, time.millis < 4000 { sleep(millis: 10) }
            #expect(server.descriptorCount == before)
        }

        // MARK: Content

        @Test func `100 Continue is sent once`() throws {
            let peer = try server.connect()
            try peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try peer.reply().status == 100)
            try peer.send("hello")
            #expect(try peer.reply().status == 404)
            try peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
            #expect(try peer.reply().status == 413)
            #expect(try peer.readToEnd(resetIsFine: true) == [])
        }

        @Test func `chunks are joined`() throws {
            let peer = try server.connect()
            let session = try peer.openSession()
            let chunks = "2\r\n4h\r\n3;a=b\r\nell\r\n1\r\no\r\n0\r\nX: y\r\n\r\n"
            try peer.send("POST \(session.target()) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
            #expect(try peer.reply().text == "ok")
            #expect(try peer.poll(session).text == "4hello")
        }

        // MARK: Dangerous requests

        @Test func `dangerous requests are refused and the connection closes`() throws {
            let host = "Host: a\r\n"
            let table: [(name: String, request: String, status: Int)] = [
                (
                    "length and chunks",
                    "POST /x HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400
                ),
                ("two lengths", "POST /x HTTP/1.1\r\n\(host)Content-Length: 4\r\nContent-Length: 5\r\n\r\n", 400),
                ("a signed length", "POST /x HTTP/1.1\r\n\(host)Content-Length: +4\r\n\r\n", 400),
                ("a huge length", "POST /x HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999999\r\n\r\n", 413),
                ("a length over the limit", "POST /x HTTP/1.1\r\n\(host)Content-Length: 99999999\r\n\r\n", 413),
                ("LF alone", "GET /x HTTP/1.1\n\(host)\r\n", 400),
                ("LF alone in a field", "GET /x HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
                ("a folded field", "GET /x HTTP/1.1\r\n\(host)X: y\r\n z\r\n\r\n", 400),
                ("a space before the colon", "GET /x HTTP/1.1\r\n\(host)X : y\r\n\r\n", 400),
                ("NUL", "GET /x HTTP/1.1\r\n\(host)X: \u{0}\r\n\r\n", 400),
                ("no Host", "GET /x HTTP/1.1\r\n\r\n", 400),
                ("two Hosts", "GET /x HTTP/1.1\r\n\(host)\(host)\r\n", 400),
                ("a bad chunk size", "POST /x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nx\r\n", 400),
                ("a negative chunk size", "POST /x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
                (
                    "a huge chunk size",
                    "POST /x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 400
                ),
                (
                    "an unknown coding", "POST /x HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n",
                    501
                ),
                ("chunked not last", "POST /x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
                ("an unknown method", "BREW /x HTTP/1.1\r\n\(host)\r\n", 501),
                ("an unknown version", "GET /x HTTP/2.0\r\n\(host)\r\n", 505),
                ("no path", "GET x HTTP/1.1\r\n\(host)\r\n", 400),
                ("bad percent coding", "GET /%zz HTTP/1.1\r\n\(host)\r\n", 400),
                ("NUL in the path", "GET /%00 HTTP/1.1\r\n\(host)\r\n", 400),
                ("TLS", "\u{16}\u{3}\u{1}", 400),
                ("a long target", "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n\(host)\r\n", 414),
                ("a long head", "GET /x HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431),
                (
                    "many fields",
                    "GET /x HTTP/1.1\r\n\(host)\(String(repeating: "X: y\r\n", count: 200))\r\n", 431
                ),
            ]
            for (name, request, status) in table {
                for chop in [Int.max, 1] {
                    let peer = try server.connect()
                    // A client that keeps sending after the fault still gets the answer.
                    try? peer.send(Array((request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").utf8), chop: chop)
                    let reply = try peer.reply()
                    #expect(reply.status == status, "\(name): \(reply.status)")
                    #expect(reply["connection"] == "close", "\(name)")
                    #expect(try peer.readToEnd(resetIsFine: true) == [], "\(name): there is a second answer")
                }
            }
        }

        // MARK: Slow clients

        @Test func `slow requests get 408`() throws {
            let time = Stopwatch()
            let peers = try ["G", "GET /x HTTP/1.1\r\nHost: a\r\nX: "].map { begin in
                let peer = try server.connect()
                peer.patienceMillis = 15_000
                try peer.send(begin)
                return peer
            }
            // Trickling bytes must not extend the deadline.
            while time.millis < 9_000 {
                for peer in peers { try peer.send("E") }
                sleep(millis: 500)
            }
            for peer in peers {
                #expect(try peer.reply().status == 408)
                #expect(time.millis > 9_900 && time.millis < 12_000)
                #expect(try peer.readToEnd(resetIsFine: true) == [])
            }
        }
    }
}
