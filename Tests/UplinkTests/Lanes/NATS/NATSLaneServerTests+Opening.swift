import Foundation
import NATS
import Peers
import Testing
import Uplink

/// Lanes open connections to a real server, up to the comparison.
extension NATSLaneServerTests {
    /// The first event of a lane: the comparison or a fault.
    func opening(_ connection: NATSLaneConnection) throws -> UplinkLaneEvent? {
        let event = try connection.next()
        if case .failed? = event {
            #expect(connection.lane.room == nil && connection.lane.deadline == nil)
            #expect(try connection.next(millis: 10) == nil, "the fault is the last event")
        }
        return event
    }

    func expectIntervention(
        _ event: UplinkLaneEvent?, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard case .failed(let fault)? = event else {
            Issue.record("instead of a fault came \(String(describing: event))", sourceLocation: sourceLocation)
            return
        }
        #expect(fault.remedy == .intervention, sourceLocation: sourceLocation)
        for word in words { #expect(fault.message.contains(word), "\(fault.message)", sourceLocation: sourceLocation) }
    }

    @Test func `the stream is created once`() throws {
        try NATSServerProcess.withServer { server in
            for station in [7, 8] as [Int64] {
                let lane = try NATSLaneConnection.open(port: server.port, station: station)
                #expect(lane.position == .nothing)
                #expect(lane.connection.lane.room?.count == 1024)
            }
            let connection = try NATSConnection.open(port: server.port)
            let stream = try JetStreamStream(connection.answer(to: .lookUpStream(try #require(Self.stream))))
            #expect(stream.shortcoming(for: try Self.configuration()) == nil)
            #expect(stream.duplicateWindowNanoseconds == 120_000_000_000)
        }
    }

    @Test func `a stream that will not do is refused with the reason`() throws {
        let shortcomings = [
            #"{"name":"STATIONS","subjects":["stations.7.>"],"storage":"file"}"#: "does not listen on stations.>",
            #"{"name":"STATIONS","subjects":["stations.>"],"storage":"memory"}"#: "in memory, not in files",
            #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","retention":"workqueue"}"#: "workqueue",
            #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","no_ack":true}"#: "no_ack",
            #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","duplicate_window":1000000000}"#: "1000 ms",
            #"{"name":"OTHER","subjects":["stations.7.*"],"storage":"file"}"#: "of another name than STATIONS",
        ]
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            for (configuration, words) in shortcomings {
                let name = configuration.contains("OTHER") ? "OTHER" : "STATIONS"
                let create = try #require(NATSSubject("$JS.API.STREAM.CREATE.\(name)"))
                _ = try JetStreamStream(connection.answer(on: create, payload: configuration.bytes))
                expectIntervention(try opening(NATSLaneConnection(port: server.port)), words)
                let delete = try #require(NATSSubject("$JS.API.STREAM.DELETE.\(name)"))
                _ = try connection.answer(on: delete, payload: [])
            }
        }
    }

    @Test func `a lane authenticates`() throws {
        try NATSServerProcess.withServer(settings: "authorization { user: station, password: \"s3 cret\" }") { server in
            func open(_ user: String?, _ password: String?, token: String? = nil) throws -> UplinkLaneEvent? {
                try opening(NATSLaneConnection(port: server.port, token: token, user: user, password: password))
            }
            #expect(try open("station", "s3 cret") == .compared(.nothing))
            expectIntervention(try open("station", "wrong"), "user station", "Authorization Violation")
            expectIntervention(try open(nil, nil), "none is configured")
            expectIntervention(try open(nil, nil, token: "s3 cret"), "does not accept the token")
        }
        try NATSServerProcess.withServer(settings: "authorization { token: \"t0ken\" }") { server in
            let right = try NATSLaneConnection(port: server.port, token: "t0ken")
            #expect(try opening(right) == .compared(.nothing))
            expectIntervention(try opening(NATSLaneConnection(port: server.port, token: "other")), "check the token")
        }
    }

    @Test func `a server without JetStream needs an operator`() throws {
        try NATSServerProcess.withServer(hasJetStream: false) { server in
            expectIntervention(try opening(NATSLaneConnection(port: server.port)), "JetStream is not enabled")
        }
    }

    @Test func `if the stream cannot be created, the fault says how`() throws {
        try NATSServerProcess.withServer(settings: "jetstream { max_file_store: 0 }", hasJetStream: false) { server in
            expectIntervention(try opening(NATSLaneConnection(port: server.port)), "nats stream add STATIONS")
        }
    }

    /// The fewest permissions suffice, and a fault names each one that is missing.
    @Test func `a missing permission is named`() throws {
        let everything = [
            "$JS.API.CONSUMER.INFO.STATIONS.station-7-events", "$JS.API.DIRECT.GET.STATIONS.stations.7.support.>",
            "stations.7.support.>", "$JS.API.CONSUMER.INFO.COMMANDS.station-7-commands",
            "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-7-commands", "$JS.ACK.COMMANDS.station-7-commands.>",
        ]
        for missing in [nil] + everything.indices.map({ $0 }) {
            var permitted = everything
            if let missing { permitted.remove(at: missing) }
            let settings = """
                authorization { users: [
                    { user: admin, password: p }
                    { user: u, password: p, permissions: {
                        publish: [\(permitted.map { "\"\($0)\"" }.joined(separator: ","))]
                        subscribe: "_INBOX.station-7.>"
                    } }
                ] }
                """
            try NATSServerProcess.withServer(settings: settings) { server in
                let admin = try NATSConnection.open(port: server.port, as: .user("admin", password: "p"))
                let lane = try NATSLaneConnection(port: server.port, user: "u", password: "p")
                if missing == nil {
                    // The user may not create the stream.
                    expectIntervention(try opening(lane), "nats-setup", "STREAM.INFO.STATIONS")
                }
                // The same station makes everything as a user who may, and is gone.
                do {
                    let limits = NATSLaneLimits(pullMillis: 200)
                    let maker = try NATSLaneConnection(
                        port: server.port, user: "admin", password: "p", limits: limits)
                    while try maker.next(millis: 300) != nil {}
                }
                // Until the pull that it left behind has expired.
                usleep(400_000)
                _ = try admin.answer(on: "commands.7", payload: "{}".bytes)
                let second = try NATSLaneConnection(port: server.port, user: "u", password: "p")
                var events: [UplinkLaneEvent] = []
                while let event = try second.next(millis: 500) {
                    events.append(event)
                    switch event {
                    case .compared: try second.ship([.test(1)])
                    case .delivered(let delivery): try second.acknowledge(delivery)
                    default: break
                    }
                }
                guard let missing else {
                    #expect(second.warnings.isEmpty)
                    let expected: [UplinkLaneEvent] = [.compared(.nothing), .stored(through: 1)]
                    #expect(events.count == 3 && expected.allSatisfy { events.contains($0) }, "\(events)")
                    #expect(
                        events.contains { event in
                            if case .delivered(let delivery) = event { delivery.json == "{}".bytes } else { false }
                        })
                    return
                }
                let name = everything[missing]
                expectIntervention(events.last, "must be permitted", name.replacing(".>", with: ""))
                if name.hasPrefix("stations") { expectIntervention(events.last, "the event e-1-1 was not stored") }
            }
        }
    }
}
