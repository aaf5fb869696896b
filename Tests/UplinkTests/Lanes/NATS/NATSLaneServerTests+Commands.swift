import Foundation
import Generators
import NATS
import Peers
import Testing
import Uplink

/// Lanes fetch commands from a real server.
extension NATSLaneServerTests {
    private static let quick = NATSLaneLimits(
        pullMillis: 400, acknowledgementWaitMillis: 500)

    private func send(_ commands: String..., over connection: NATSConnection) throws {
        for command in commands {
            let answer = try connection.answer(on: "commands.7", payload: command.bytes)
            _ = try JetStreamPublishAcknowledgement(answer)
        }
    }

    private func text(_ delivery: UplinkDelivery) -> String { String(decoding: delivery.json, as: UTF8.self) }

    @Test func `commands come once and in order`() throws {
        try Self.withStream { server, connection in
            try send("early", over: connection)
            let (lane, _) = try NATSLaneConnection.open(port: server.port)
            let early = try lane.command()
            #expect(early.number == 1 && text(early) == "early")
            // The epoch is the time at which the station's consumer was created.
            #expect(early.epoch.hasPrefix("20"))
            try lane.acknowledge(early)
            // More commands than one pull brings.
            let epoch = early.epoch
            let texts = (0..<200).map { "command \($0)" }
            for text in texts { try send(text, over: connection) }
            _ = try connection.answer(on: "commands.8", payload: "another's".bytes)
            for expected in texts {
                let delivery = try lane.command()
                #expect(text(delivery) == expected && delivery.epoch == epoch)
                try lane.acknowledge(delivery)
            }
            #expect(try lane.next(millis: 200) == nil)
            #expect(try NATSLaneConnection.open(port: server.port).connection.next(millis: 200) == nil)
        }
    }

    /// A connection breaks with one command unacknowledged. That command comes again, before the later ones.
    @Test func `an unacknowledged command comes again first`() throws {
        try Self.withStream { server, connection in
            try send("1", "2", "3", over: connection)
            do {
                let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
                let first = try lane.command()
                #expect(text(first) == "1")
                try lane.acknowledge(first)
                let second = try lane.command()
                #expect(text(second) == "2")
            }
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            try send("4", over: connection)
            var texts: [String] = []
            for _ in 0..<3 {
                let delivery = try lane.command()
                texts.append(text(delivery))
                try lane.acknowledge(delivery)
            }
            #expect(texts == ["2", "3", "4"])
            #expect(try lane.next(millis: 700) == nil)
        }
    }

    /// The server delivers the command again, to the pull that brought it or to the next one.
    @Test(arguments: [400, 10_000] as [Int64])
    func `a slow owner gets a command once`(pullMillis: Int64) throws {
        try Self.withStream { server, connection in
            let limits = NATSLaneLimits(pullMillis: pullMillis, acknowledgementWaitMillis: 500)
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: limits)
            try send("1", "2", over: connection)
            let first = try lane.command()
            #expect(try lane.next(millis: 1500) == nil, "the second comes after the first is acknowledged")
            try lane.acknowledge(first)
            let second = try lane.command()
            #expect(text(first) == "1" && text(second) == "2")
            try lane.acknowledge(second)
            #expect(try lane.next(millis: 700) == nil)
        }
    }

    /// The server still sends to a connection that broke unnoticed, until that connection's pull expires.
    @Test func `a connection that broke unnoticed holds back no command`() throws {
        try Self.withStream { server, connection in
            let (broken, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            _ = try broken.next(millis: 100)
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            _ = try lane.next(millis: 100)
            try send("1", "2", "3", over: connection)
            for expected in ["1", "2", "3"] {
                let delivery = try lane.command()
                #expect(text(delivery) == expected)
                try lane.acknowledge(delivery)
            }
            withExtendedLifetime(broken) {}
        }
    }

    /// A pull that expires is followed by another.
    @Test func `commands come after a pull has expired`() throws {
        try Self.withStream { server, connection in
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            #expect(try lane.next(millis: 1300) == nil)
            try send("late", over: connection)
            #expect(text(try lane.command(millis: 300)) == "late")
        }
    }

    @Test(arguments: [false, true])
    func `a deleted consumer is created again`(whileNothingIsPulled: Bool) throws {
        try Self.withStream { server, connection in
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            try send("1", over: connection)
            let first = try lane.command()
            if !whileNothingIsPulled { try lane.acknowledge(first) }
            _ = try lane.next(millis: 600)
            _ = try connection.answer(
                on: "$JS.API.CONSUMER.DELETE.COMMANDS.station-7-commands", payload: [])
            if whileNothingIsPulled {
                try lane.acknowledge(first)
                #expect(try lane.next(millis: 200) == nil)
            }
            // The lane may notice only after the pull has expired and its answer is overdue.
            lane.aheadMillis += 11_000
            try send("2", over: connection)
            var texts: [String] = []
            while texts.last != "2" {
                let delivery = try lane.command()
                texts.append(text(delivery))
                try lane.acknowledge(delivery)
            }
            // The new consumer starts with the oldest command, and the owner recognises those that it has had.
            #expect(texts == ["1", "2"])
        }
    }

    @Test func `the stream of commands accepts none that would block the others`() throws {
        try Self.withStream { server, connection in
            let large = String(repeating: "x", count: 300 * 1024)
            let answer = try connection.answer(on: "commands.7", payload: large.bytes)
            #expect(throws: JetStreamFault.self) { _ = try JetStreamPublishAcknowledgement(answer) }
            try send("small", over: connection)
            let (lane, _) = try NATSLaneConnection.open(port: server.port, limits: Self.quick)
            #expect(text(try lane.command()) == "small")
        }
    }

    /// Connections break at any moment, and the owner acknowledges only some commands.
    @Test func `commands and events share a connection`() throws {
        var generator = RepeatableGenerator.announced("NATSLaneServerTests, commands and events share a connection")
        let limits = NATSLaneLimits(pullMillis: 200, acknowledgementWaitMillis: 100)
        try Self.withStream { server, connection in
            var shipped: UInt64 = 0
            // Events of a broken connection may be stored after the next connection has compared.
            var shippedMax: UInt64 = 0
            var stored: UInt64 = 0
            var sent = 0
            var received: [String] = []
            var repeated = 0
            var connections = 0
            while received.count < 60 {
                let (lane, position) = try NATSLaneConnection.open(port: server.port, limits: limits)
                connections += 1
                if case .last(let sequence) = position {
                    #expect((stored...shippedMax).contains(sequence), "everything reported as stored is there")
                    stored = sequence
                }
                shipped = stored
                for _ in 0..<Int.random(in: 1..<30, using: &generator) {
                    if let room = lane.lane.room {
                        let count = UInt64(Int.random(in: 1...min(20, room.count), using: &generator))
                        try lane.ship((shipped + 1...shipped + count).map { .test($0) })
                        shipped += count
                        shippedMax = max(shippedMax, shipped)
                    }
                    if Int.random(in: 0..<3, using: &generator) == 0, sent < 60 {
                        sent += 1
                        try send("\(sent)", over: connection)
                    }
                    switch try lane.next(millis: .random(in: 0..<40, using: &generator)) {
                    case .stored(let through)?: stored = through
                    case .delivered(let delivery)?:
                        let text = text(delivery)
                        if received.contains(text) { repeated += 1 } else { received.append(text) }
                        if Int.random(in: 0..<4, using: &generator) > 0 { try lane.acknowledge(delivery) }
                    case nil: break
                    case let event?: throw PeerFault("\(event)")
                    }
                }
            }
            #expect(received == (1...60).map { "\($0)" }, "first deliveries are in order")
            print(
                "commandsAndEventsShareAConnection: \(connections) connections, \(stored) events, "
                    + "\(sent) commands, \(repeated) repeated")
        }
    }
}
