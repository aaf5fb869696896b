import Foundation
import NATS
import Peers
import Testing
import Uplink

/// Lanes that prove themselves with a signature, and lanes whose JetStream is in another domain.
extension NATSLaneServerTests {
    private func identity(_ file: String?, domain: String? = nil) throws -> UplinkIdentity {
        var identity = UplinkIdentity(stationID: 7, epoch: NATSLaneConnection.epoch, version: "1")
        if let file { try identity.readCredentials(Array(file.utf8), from: "/etc/station.creds") }
        identity.domain = domain
        return identity
    }

    @Test func `a lane signs with an NKEY`() throws {
        let (key, other) = (try NATSTestKey(.user), try NATSTestKey(.user))
        let settings = "authorization { users: [ { nkey: \(key.publicText) } ] }"
        try NATSServerProcess.withServer(settings: settings) { server in
            let right = try NATSLaneConnection(port: server.port, identity: identity(key.seedText))
            #expect(try opening(right) == .compared(.nothing))
            let wrong = try NATSLaneConnection(port: server.port, identity: identity(other.seedText))
            expectIntervention(try opening(wrong), "upstream.credentials_file", "Authorization Violation")
            expectIntervention(try opening(NATSLaneConnection(port: server.port)), "none is configured")
        }
    }

    @Test func `a lane signs for its JWT`() throws {
        let (mine, foreign) = (try NATSOperator(), try NATSOperator())
        try NATSServerProcess.withServer(settings: mine.settings) { server in
            let right = try NATSLaneConnection(port: server.port, identity: identity(mine.credentials()))
            #expect(try opening(right) == .compared(.nothing))
            try right.store([.test(1), .test(2)])
            // The JWT of one user with the key of another.
            let (one, two) = (try mine.credentials(), try mine.credentials())
            let half = one.components(separatedBy: "\n-----BEGIN USER")[0]
            let mixed = half + "\n-----BEGIN USER" + two.components(separatedBy: "\n-----BEGIN USER")[1]
            for file in [try foreign.credentials(), mixed] {
                let wrong = try NATSLaneConnection(port: server.port, identity: identity(file))
                expectIntervention(try opening(wrong), "upstream.credentials_file", "Authorization Violation")
            }
        }
    }

    /// While servers are being changed to ask for credentials, some do not ask yet.
    @Test func `a server that asks for no signature accepts one`() throws {
        try NATSServerProcess.withServer { server in
            for file in [try NATSTestKey(.user).seedText, try NATSOperator().credentials()] {
                let lane = try NATSLaneConnection(port: server.port, identity: identity(file))
                #expect(try opening(lane) == .compared(.nothing))
            }
        }
    }

    @Test func `a file that is missing or no file of credentials needs an operator`() throws {
        var identity = try identity(nil)
        for file in [nil, [], Array("nothing".utf8)] as [[UInt8]?] {
            #expect {
                try identity.readCredentials(file, from: "/etc/station.creds")
            } throws: { error in
                guard let fault = error as? UplinkFault else { return false }
                return fault.remedy == .intervention
                    && fault.message.hasPrefix("upstream.credentials_file: /etc/station.creds ")
            }
        }
    }

    /// A leaf node in the field with a JetStream of its own, and its hub with the stream.
    @Test func `a lane reaches the stream of a domain over a leaf node`() throws {
        let ports = try LoopbackSocket.freePorts(1)
        let directories = [try NATSServerProcess.makeDirectory(), try NATSServerProcess.makeDirectory()]
        defer { for directory in directories { try? FileManager.default.removeItem(at: directory) } }
        let remote = "leafnodes { remotes: [ { url: \"nats://127.0.0.1:\(ports[0])\" } ], reconnect: 1 }"
        let leaf = try NATSServerProcess(
            in: directories[0], settings: "server_name: leaf\n\(remote)", domain: "leaf")
        defer { leaf.kill() }
        // The hub cannot be reached yet, which may pass.
        let early = try NATSLaneConnection(port: leaf.port, identity: identity(nil, domain: "hub"))
        guard case .failed(let fault)? = try opening(early) else { throw PeerFault("there is no hub") }
        #expect(fault.remedy == .backOff && fault.message.contains("upstream.domain"), "\(fault.message)")

        let hub = try NATSServerProcess(
            in: directories[1], settings: "server_name: hub\nleafnodes { listen: \"127.0.0.1:\(ports[0])\" }",
            domain: "hub")
        defer { hub.kill() }
        var lane = early
        for _ in 0..<100 {
            lane = try NATSLaneConnection(port: leaf.port, identity: identity(nil, domain: "hub"))
            guard case .failed? = try opening(lane) else { break }
            usleep(100_000)
        }
        try lane.store((1...50).map { .test($0) })
        let connection = try NATSConnection.open(port: hub.port)
        let stream = try JetStreamStream(connection.answer(to: .lookUpStream(try #require(Self.stream))))
        #expect(stream.messageCount == 50)
        // The leaf node's own JetStream has no part in it.
        let own = try NATSConnection.open(port: leaf.port)
        #expect(throws: JetStreamFault.self) {
            try JetStreamStream(own.answer(to: .lookUpStream(try #require(Self.stream))))
        }
        // The lane makes the stream of commands meanwhile.
        #expect(try lane.next(millis: 1_000) == nil)
        _ = try connection.answer(on: "commands.7", payload: Array("{}".utf8))
        let command = try lane.command()
        #expect(command.json == Array("{}".utf8))
        try lane.acknowledge(command)
        #expect(try lane.next(millis: 300) == nil)
        let again = try NATSLaneConnection(port: leaf.port, identity: identity(nil, domain: "hub"))
        #expect(try opening(again) == .compared(.last(50)))
        #expect(try again.next(millis: 300) == nil, "the command was acknowledged")
    }

    @Test func `with a domain, what an operator is told to permit names it`() throws {
        let settings = "authorization { users: [ { user: u, password: p, permissions: { publish: nothing } } ] }"
        try NATSServerProcess.withServer(settings: settings) { server in
            var identity = UplinkIdentity(
                stationID: 7, epoch: NATSLaneConnection.epoch, version: "1", user: "u", password: "p")
            identity.domain = "d"
            let lane = try NATSLaneConnection(port: server.port, identity: identity)
            expectIntervention(try opening(lane), "must be permitted, with $JS.d.API in place of $JS.API")
        }
    }
}
