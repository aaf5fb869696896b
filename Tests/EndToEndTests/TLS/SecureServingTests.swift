#if TLS
import Foundation
import JSON
import Peers
import Testing

extension EndToEnd {
    /// Addresses with TLS, and clients that we did not write.
    @Suite struct SecureServing {
        @Test func `curl trusts the station's certificate and is served`() throws {
            try SecureStation.running { secure in
                let answer = try secure.curl("-w", " %{http_code} %{http_version}")
                #expect(answer.output == "{\"status\":\"ok\"} 200 1.1", "\(answer.all)")
                let old = try secure.curl("--tls-max", "1.2", "-w", " %{http_code}")
                #expect(old.output.hasSuffix(" 200"), "\(old.all)")
                let stranger = try CommandResult.run(
                    ["curl", "-sS", "--noproxy", "*", "https://localhost:\(secure.port)/healthz"], seconds: 20)
                #expect(stranger.exit == .code(60), "\(stranger.all)")
                // A large page needs many records, and a pipelined one follows it.
                let page = try secure.curl(
                    "--next", "-sS", "--cacert", secure.authority.certificate, path: "/en.js")
                #expect(page.exit == .code(0))
            }
        }

        @Test func `old versions and weak ciphers are refused`() throws {
            try SecureStation.running { secure in
                for version in ["-tls1", "-tls1_1"] {
                    let result = try secure.openssl(version, "-cipher", "ALL:@SECLEVEL=0")
                    #expect(result.exit != .code(0) && result.all.contains("alert protocol version"), "\(version)")
                }
                for version in ["-tls1_2", "-tls1_3"] {
                    #expect(try secure.openssl(version).exit == .code(0), "\(version)")
                }
                // Every cipher that the client's library has, one by one: only those with forward secrecy and
                // authenticated encryption are accepted.
                let list = try secure.authority.run("ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")
                let ciphers = list.split(whereSeparator: { $0 == ":" || $0 == "\n" }).map(String.init)
                var accepted: [String] = []
                for cipher in ciphers {
                    let result = try secure.openssl("-tls1_2", "-cipher", "\(cipher):@SECLEVEL=0")
                    if result.exit == .code(0) { accepted.append(cipher) }
                }
                print(
                    "TLS 1.2 ciphers tried: \(ciphers.count), accepted: \(accepted.sorted().joined(separator: " "))"
                )
                #expect(ciphers.count > 20)
                #expect(
                    accepted.sorted() == [
                        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                        "ECDHE-ECDSA-CHACHA20-POLY1305",
                    ])
            }
        }

        @Test func `a client may negotiate HTTP/1.1 and nothing else`() throws {
            try SecureStation.running { secure in
                let right = try secure.openssl("-alpn", "h2,http/1.1")
                #expect(right.all.contains("ALPN protocol: http/1.1"))
                let wrong = try secure.openssl("-alpn", "h2")
                #expect(wrong.all.contains("alert no application protocol"), "\(wrong.all.suffix(500))")
                #expect(try secure.openssl().all.contains("No ALPN negotiated"))
            }
        }

        @Test func `a session is resumed and renegotiation is refused`() throws {
            try SecureStation.running { secure in
                let session = secure.authority.path("session.pem")
                for version in ["-tls1_2", "-tls1_3"] {
                    // The client must read for a moment to get a ticket.
                    let first = try CommandResult.run(
                        [
                            "/bin/sh", "-c",
                            "(printf 'GET /healthz HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 1) | "
                                + "openssl s_client \"$@\"", "sh", "-connect", "127.0.0.1:\(secure.port)", version,
                            "-sess_out", session,
                        ], seconds: 20)
                    #expect(first.all.contains("New, "), "\(first.all.suffix(500))")
                    let second = try secure.openssl(version, "-sess_in", session)
                    #expect(second.all.contains("Reused, "), "\(version) \(second.all.suffix(500))")
                }
                let again = try CommandResult.run(
                    [
                        "/bin/sh", "-c", "(sleep 0.3; echo R; sleep 1) | openssl s_client \"$@\"", "sh", "-connect",
                        "127.0.0.1:\(secure.port)", "-tls1_2",
                    ], seconds: 20)
                #expect(again.all.contains("no renegotiation"), "\(again.all.suffix(500))")
            }
        }

        @Test func `plain HTTP on a port with TLS is told so`() throws {
            try SecureStation.running { secure in
                let answer = try HTTPClient(port: secure.port).get("/healthz")
                #expect(answer.status == 400 && answer.text.contains("This port speaks HTTPS"))
            }
        }

        @Test func `a browser is sent to TLS and programs are served`() throws {
            try SecureStation.running { secure in
                let client = secure.station.client()
                func get(_ target: String, host: String, accept: String) throws -> HTTPAnswer {
                    let target = "http://\(host)\(target)"
                    return try client.request("GET", target, fields: [("Accept", accept)])
                }
                let name = "station.test:\(secure.station.port)"
                let page = try get("/?x=1", host: name, accept: "text/html,*/*")
                #expect(page.status == 307 && page["Location"] == "https://station.test:\(secure.port)/?x=1")
                for (host, accept) in [
                    (name, "*/*"), ("localhost:\(secure.station.port)", "text/html"), ("proxy.test", "text/html"),
                ] {
                    #expect(try get("/", host: host, accept: accept).status == 200, "\(host) \(accept)")
                }
                _ = try secure.station.logIn("driver@example.com")
            }
        }

        @Test func `where TLS is required nothing but health is to be had without it`() throws {
            try SecureStation.running(tls: [("only", true)]) { secure in
                let client = secure.station.client()
                for path in ["/healthz", "/readyz", "/metrics"] {
                    #expect(try client.get(path).status == 200, "\(path)")
                }
                for path in ["/", "/api/v1/support", "/socket.io/?EIO=4&transport=polling", "/ws", "/health"] {
                    let answer = try client.get(path)
                    #expect(
                        answer.status == 403 && answer.text.contains("over TLS only"), "\(path) \(answer.status)")
                }
                let login = try client.request(
                    "POST", "/auth/login", ["email": "admin@example.com", "password": "station-demo"])
                #expect(login.status == 403)
                #expect(try secure.curl(path: "/api/v1/support").output.contains("\"statusCode\":401"))
            }
        }

        @Test func `SIGHUP brings a new certificate into use, and a faulty one does not`() throws {
            try SecureStation.running { secure in
                func fingerprint() throws -> String {
                    try CommandResult.run(
                        [
                            "/bin/sh", "-c",
                            "openssl s_client -connect 127.0.0.1:\(secure.port) </dev/null 2>/dev/null | "
                                + "openssl x509 -noout -fingerprint -sha256",
                        ], seconds: 20
                    ).output
                }
                let first = try fingerprint()
                try secure.authority.issue("DNS:localhost,IP:127.0.0.1")
                secure.station.child?.signal(SIGHUP)
                #expect(secure.station.waitForLog("Certificates and keys are read again"))
                let second = try fingerprint()
                #expect(first != second && second.hasPrefix("sha256 Fingerprint="))
                try WholeFile.write("nothing", to: secure.authority.path("leaf.pem"))
                secure.station.child?.signal(SIGHUP)
                #expect(secure.station.waitForLog("The certificate in use stays: "))
                #expect(try fingerprint() == second)
                #expect(try secure.curl().exit == .code(0))
            }
        }

        @Test func `a handshake that takes too long is cut, and others do not wait for it`() throws {
            try SecureStation.running(limits: [("head_timeout_millis", 1_000)]) { secure in
                var silent: [Wire] = []
                for _ in 0..<20 {
                    let connection = try Wire(port: secure.port)
                    // The beginning of a ClientHello.
                    try connection.send(bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
                    silent.append(connection)
                }
                #expect(try secure.curl().exit == .code(0))
                for connection in silent { #expect(connection.endsSilently(within: 10)) }
                let metrics = try secure.station.client().get("/metrics").text
                #expect(
                    metrics.contains("tls_handshake\"} 20"),
                    "\(metrics.split(separator: "\n").filter { $0.contains("tls") })")
            }
        }

        @Test func `a configuration that needs a missing certificate is refused by name`() throws {
            let station = try StationProcess(
                .init(
                    settings: [("tls", ["certificate_file": "/nowhere/leaf.pem"])],
                    arguments: ["--listen", "https://127.0.0.1:0"]))
            defer { station.remove() }
            try station.launch()
            #expect(station.child?.wait(seconds: 20) == .code(78))
            #expect(station.log.contains("/nowhere/leaf.pem: No such file or directory"), "\(station.log)")
        }
    }

    /// The stock clients of Socket.IO over TLS. Needs Python 3 with venv, Chromium with its driver, and PyPI once.
    @Suite(
        .enabled(if: PythonEnvironment.mustRun || WheelFile.socketIO.problem == nil, "needs Python, PyPI and chromium"))
    struct SecureClients {
        @Test(arguments: ["flow.py", "flow_async.py"], ["polling", "websocket", "upgrade"])
        func `the eight steps work over TLS`(script: String, way: String) throws {
            try SecureStation.running { secure in
                let result = try CommandResult.run(
                    [
                        try PythonEnvironment.python, BuiltProduct.testFile("Python/\(script)"),
                        "https://localhost:\(secure.port)", way,
                    ],
                    environment: PythonEnvironment.variables.merging(secure.variables) { $1 }, seconds: 90)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }

        @Test(arguments: ["live", "plain"])
        func `the official client works over TLS`(scenario: String) throws {
            if let problem = WheelFile.socketIO.problem { throw HarnessFault(problem) }
            try SecureStation.running(limits: [("early_ping_floor_millis", 50)]) { secure in
                let result = try CommandResult.run(
                    [
                        try PythonEnvironment.python, BuiltProduct.testFile("Python/official.py"),
                        "https://localhost:\(secure.port)", WheelFile.socketIO.file, scenario,
                    ],
                    environment: PythonEnvironment.variables.merging(secure.variables) { $1 }, seconds: 90)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
#endif
