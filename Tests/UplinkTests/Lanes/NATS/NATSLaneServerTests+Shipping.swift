import Bytes
import Foundation
import NATS
import Peers
import Testing
import Uplink

/// Lanes ship events to a real server.
extension NATSLaneServerTests {
    /// The stream's first `count` messages on a filter, oldest first.
    private func stored(_ connection: NATSConnection, on filter: String, count: Int) throws -> [JetStreamDelivery] {
        let stream = try #require(Self.stream)
        let reader = try #require(JetStreamName("reader"))
        let configuration = JetStreamConsumerConfiguration(
            name: reader, stream: stream, filter: try #require(NATSSubjectFilter(filter)), unacknowledgedMax: 100_000)
        _ = try JetStreamConsumer(connection.answer(to: .createConsumer(configuration)))
        let request = JetStreamRequest.nextMessages(
            count, of: reader, in: stream, bytesMax: 100_000_000, expiresMillis: 2000)
        let reply = connection.inbox.subject(connection.inbox.nextToken())
        try connection.send {
            try connection.machine.publish(to: request.subject, reply: reply, payload: request.payload, into: &$0)
        }
        return try (0..<count).map { _ in
            guard case .message(let delivery)? = JetStreamPullEvent(try connection.message()) else {
                throw PeerFault("the stream has fewer events")
            }
            return delivery
        }
    }

    @Test func `five thousand events are stored in order`() throws {
        try NATSServerProcess.withServer { server in
            let lane = try NATSLaneConnection.open(port: server.port).connection
            let types = ["support.ticket.created", "support.ticket.updated", "support.user.created"]
            let events = (1...5000).map { UplinkEvent.test(UInt64($0), bytes: 600, type: types[$0 % 3]) }
            let start = DispatchTime.now().uptimeNanoseconds
            try lane.store(events)
            let millis = (DispatchTime.now().uptimeNanoseconds - start) / 1_000_000
            print("fiveThousandEventsInOrder: 5000 events of 600 bytes in \(millis) ms")
            let found = try stored(NATSConnection.open(port: server.port), on: "stations.7.support.>", count: 5000)
            #expect(found.map(\.streamSequence) == (1...5000).map { UInt64($0) })
            #expect(found.map { $0.headers?["Nats-Msg-Id"] } == events.map(\.id))
            #expect(found.map(\.subject) == events.map { "stations.7." + $0.type })
            #expect(found.map(\.payload) == events.map(\.json))
        }
    }

    @Test func `events beyond the room are shipped as well`() throws {
        try NATSServerProcess.withServer { server in
            let limits = NATSLaneLimits(publishing: JetStreamPublisherLimits(inFlightMax: 2, bytesInFlightMax: 500))
            let lane = try NATSLaneConnection.open(port: server.port, limits: limits).connection
            #expect(lane.lane.room == UplinkRoom(count: 2, bytes: 500))
            try lane.ship((1...10).map { .test($0) })
            #expect(lane.lane.room == nil)
            var last: UInt64 = 0
            while last < 10, case .stored(let through)? = try lane.next() {
                #expect(through > last)
                last = through
            }
            #expect(last == 10 && lane.lane.room == UplinkRoom(count: 2, bytes: 500))
        }
    }

    // MARK: Comparing

    @Test func `a reconnect finds what was stored`() throws {
        try NATSServerProcess.withServer { server in
            let first = try NATSLaneConnection.open(port: server.port).connection
            try first.store((1...20).map { .test($0) })
            #expect(try NATSLaneConnection.open(port: server.port).position == .last(20))
            #expect(try NATSLaneConnection.open(port: server.port, epoch: "e").position == .nothing)
            #expect(try NATSLaneConnection.open(port: server.port, epoch: "f-1").position == .nothing)
            #expect(try NATSLaneConnection.open(port: server.port, station: 77).position == .nothing)
            // An event that is sent again is stored once. What is no event does not count.
            let again = try NATSLaneConnection.open(port: server.port).connection
            try again.store((15...25).map { .test($0) })
            let connection = try NATSConnection.open(port: server.port)
            _ = try connection.answer(on: "stations.7.other", payload: "{}".bytes)
            #expect(try NATSLaneConnection.open(port: server.port).position == .last(25))
            let stream = try JetStreamStream(connection.answer(to: .lookUpStream(try #require(Self.stream))))
            #expect(stream.messageCount == 26)
        }
    }

    @Test(arguments: [
        ("e-1-31.missing", #"{"previous":"00000000000000000020"}"#, UplinkPosition.last(31)),
        ("e-1-31.17", #"{"previous":"00000000000000000020"}"#, .last(20)),
        ("e-1-31.17", #"{"previous":20}"#, .nothing), ("e-1-31.17", "not JSON", .nothing),
        ("e-1-31.other", #"{"previous":"00000000000000000020"}"#, .nothing), ("e-1-x", "{}", .nothing),
        ("e-1-00000000000000000031", "", .last(31)), ("e-1-18446744073709551616", "", .nothing),
        ("e-1", "", .nothing), ("", "", .nothing), ("e-1x31", "", .nothing),
    ])
    func `the last event of a snapshot pass gives the position`(
        _ id: String, _ payload: String, _ position: UplinkPosition
    ) throws {
        try Self.withStream { server, connection in
            let field = NATSHeaders.Field("Nats-Msg-Id", id)
            _ = try connection.answer(
                on: "stations.7.support.ticket.snapshot", headers: NATSHeaders([try #require(field)]),
                payload: payload.bytes)
            #expect(try NATSLaneConnection.open(port: server.port).position == position)
        }
    }

    /// A power failure may destroy what a server has acknowledged.
    @Test func `events that the server lost are shipped again`() throws {
        try NATSServerProcess.withServer { server in
            try NATSLaneConnection.open(port: server.port).connection.store((1...30).map { .test($0) })
            server.kill()
            let store = server.directory.appendingPathComponent("store")
            let copy = server.directory.appendingPathComponent("copy")
            try FileManager.default.copyItem(at: store, to: copy)
            let second = try NATSServerProcess(in: server.directory)
            let lane = try NATSLaneConnection.open(port: second.port)
            #expect(lane.position == .last(30))
            try lane.connection.store((31...50).map { .test($0) })
            second.kill()
            #expect(try lane.connection.fault().remedy == .backOff)
            try FileManager.default.removeItem(at: store)
            try FileManager.default.moveItem(at: copy, to: store)
            let third = try NATSServerProcess(in: server.directory)
            defer { third.kill() }
            let other = try NATSLaneConnection.open(port: third.port)
            #expect(other.position == .last(30))
            try other.connection.store((31...50).map { .test($0) })
            #expect(try NATSLaneConnection.open(port: third.port).position == .last(50))
        }
    }

    // MARK: What cannot be stored

    @Test func `an event that is too large is named and the others are stored`() throws {
        try NATSServerProcess.withServer(settings: "max_payload: 2000") { server in
            let lane = try NATSLaneConnection.open(port: server.port).connection
            try lane.ship([.test(1), .test(2), .test(3, bytes: 3000), .test(4)])
            #expect(lane.lane.room == nil)
            var events: [UplinkLaneEvent] = []
            while let event = try lane.next() { events.append(event) }
            #expect(events.dropLast().last == .stored(through: 2))
            guard case .failed(let fault)? = events.last else { throw PeerFault("the large event was shipped") }
            #expect(fault.remedy == .intervention)
            #expect(fault.message.contains("event e-1-3 ") && fault.message.contains("2000 bytes"))
            #expect(try NATSLaneConnection.open(port: server.port).position == .last(2))
        }
    }

    @Test func `an event that the stream does not accept is named`() throws {
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            let configuration = #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","max_msg_size":500}"#
            _ = try JetStreamStream(
                connection.answer(on: "$JS.API.STREAM.CREATE.STATIONS", payload: configuration.bytes))
            let lane = try NATSLaneConnection.open(port: server.port).connection
            try lane.ship([.test(1), .test(2, bytes: 600)])
            let fault = try lane.fault()
            #expect(fault.remedy == .intervention && fault.message.contains("event e-1-2 "), "\(fault)")
        }
    }

    @Test func `a full stream is tried again`() throws {
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            let configuration =
                #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","max_msgs":3,"discard":"new"}"#
            _ = try JetStreamStream(
                connection.answer(on: "$JS.API.STREAM.CREATE.STATIONS", payload: configuration.bytes))
            let lane = try NATSLaneConnection.open(port: server.port).connection
            var told: UInt64 = 0
            let fault = #expect(throws: UplinkFault.self) {
                try lane.store((1...5).map { .test($0) }) { told = $0 }
            }
            #expect(fault?.remedy == .backOff && fault?.message.contains("event e-1-4 ") == true, "\(fault as Any)")
            #expect(told == 3)
        }
    }

    @Test func `a deleted stream is created again`() throws {
        try NATSServerProcess.withServer { server in
            // It is noticed between two pulls.
            let limits = NATSLaneLimits(pullMillis: 400)
            let lane = try NATSLaneConnection.open(port: server.port, limits: limits).connection
            try lane.store([.test(1)])
            #expect(try lane.next(millis: 200) == nil)
            let connection = try NATSConnection.open(port: server.port)
            _ = try connection.answer(on: "$JS.API.STREAM.DELETE.STATIONS", payload: [])
            #expect(try lane.fault().remedy == .backOff)
            let other = try NATSLaneConnection.open(port: server.port)
            #expect(other.position == .nothing)
            try other.connection.store([.test(1)])
        }
    }

    @Test func `lame duck mode ends the connection`() throws {
        try NATSServerProcess.withServer { server in
            let lane = try NATSLaneConnection.open(port: server.port).connection
            try lane.store([.test(1)])
            server.enterLameDuckMode()
            let fault = try lane.fault()
            #expect(fault.remedy == .backOff && fault.message.contains("lame duck"), "\(fault)")
        }
    }

    @Test func `nothing stored is lost when the server dies`() throws {
        try NATSServerProcess.withServer { server in
            let lane = try NATSLaneConnection.open(port: server.port).connection
            var told: UInt64 = 0
            let fault = #expect(throws: UplinkFault.self) {
                try lane.store((1...100_000).map { .test($0) }) { through in
                    told = through
                    if through > 300 { server.kill() }
                }
            }
            #expect(fault?.remedy == .backOff)
            let second = try NATSServerProcess(in: server.directory)
            defer { second.kill() }
            guard case .last(let last) = try NATSLaneConnection.open(port: second.port).position else {
                throw PeerFault("nothing was stored")
            }
            // What a killed process has written stays with the kernel.
            #expect(last >= told && last <= told + 1024)
        }
    }
}
