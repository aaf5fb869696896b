import Bytes
import Foundation
import NATS
import Peers
import Testing

/// Publishing to a real server, and pulling from it.
extension JetStreamServerTests {
    /// Publishes the events `from` to `last` as an owner would, until all are stored or the connection ends. Returns
    /// the sequence up to which all are stored.
    private func publish(
        from: UInt64, through last: UInt64, over connection: NATSConnection, _ publisher: inout JetStreamPublisher,
        whenStored: (UInt64) -> Void = { _ in }
    ) throws -> UInt64 {
        var next = from
        var stored = from - 1
        while stored < last {
            var output: [UInt8] = []
            while publisher.hasRoom, next <= last {
                let publication = try #require(
                    JetStreamPublication(
                        to: Self.subject, messageID: "e-\(next)", stream: Self.stream, payload: "event \(next)".bytes))
                try publisher.publish(
                    publication, sequence: next, inbox: &connection.inbox, now: Self.now, through: connection.machine,
                    into: &output)
                next += 1
            }
            do {
                try connection.send(output)
                if case .message(let answer)? = try connection.event() {
                    if let token = connection.inbox.token(of: answer) { _ = publisher.receive(answer, token: token) }
                } else {
                    publisher.connectionLost()
                }
            } catch is PeerFault {
                publisher.connectionLost()
            }
            while let event = publisher.nextEvent() {
                switch event {
                case .stored(let through):
                    stored = through
                    whenStored(through)
                case .retry(let from, .connectionLost):
                    #expect(from == stored + 1)
                    return stored
                case .retry(_, let fault): throw PeerFault(fault.message)
                }
            }
        }
        return stored
    }

    private static var now: MonotonicTime {
        MonotonicTime(milliseconds: Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000))
    }

    private func find(_ connection: NATSConnection) throws -> JetStreamStream {
        try JetStreamStream(connection.answer(to: .lookUpStream(try #require(Self.stream))))
    }

    @Test func `a thousand events are stored once`() throws {
        try Self.withStream { _, connection in
            var publisher = JetStreamPublisher()
            for _ in 0..<2 {
                #expect(try publish(from: 1, through: 1000, over: connection, &publisher) == 1000)
                let stream = try find(connection)
                #expect(stream.messageCount == 1000 && stream.lastSequence == 1000)
            }
            #expect(try publish(from: 990, through: 1010, over: connection, &publisher) == 1010)
            #expect(try find(connection).messageCount == 1010)
        }
    }

    /// The server dies in the middle of a window and comes back. Everything reported as stored is there, once.
    @Test func `nothing stored is lost when the server is killed`() throws {
        try Self.withStream { server, connection in
            var publisher = JetStreamPublisher(limits: JetStreamPublisherLimits(inFlightMax: 50))
            let stored = try publish(from: 1, through: 100_000, over: connection, &publisher) { through in
                if through >= 300 { server.kill() }
            }
            #expect(stored >= 300 && stored < 100_000)
            let again = try NATSServerProcess(in: server.directory)
            defer { again.kill() }
            let second = try NATSConnection.open(port: again.port)
            let found = try find(second)
            // What a killed process has written stays with the kernel.
            #expect(found.messageCount >= stored && found.messageCount <= stored + 50)
            let last = stored + 200
            #expect(try publish(from: stored + 1, through: last, over: second, &publisher) == last)
            #expect(try find(second).messageCount == last)
            let filter = try #require(NATSSubjectFilter("stations.7.*.*"))
            let tail = try JetStreamStoredMessage(
                second.answer(to: .lastMessage(on: filter, of: try #require(Self.stream))))
            #expect(tail.messageID == "e-\(last)")
        }
    }

    // MARK: Pulling

    /// Pulls `batch` messages, or fewer and an end.
    private func pull(
        _ connection: NATSConnection, _ name: JetStreamName, batch: Int = 10, bytesMax: Int = 100_000,
        expiresMillis: Int64? = nil
    ) throws -> (deliveries: [JetStreamDelivery], end: JetStreamPullEnd?) {
        let request = JetStreamRequest.nextMessages(
            batch, of: name, in: try #require(Self.stream), bytesMax: bytesMax, expiresMillis: expiresMillis)
        let reply = connection.inbox.subject(connection.inbox.nextToken())
        try connection.send {
            try connection.machine.publish(
                to: request.subject, reply: reply, payload: request.payload, into: &$0)
        }
        var deliveries: [JetStreamDelivery] = []
        while deliveries.count < batch {
            switch JetStreamPullEvent(try connection.message()) {
            case .message(let delivery)?: deliveries.append(delivery)
            case .ended(let end)?: return (deliveries, end)
            case nil: throw PeerFault("the pull brought something else")
            }
        }
        return (deliveries, nil)
    }

    @Test func `commands are pulled and acknowledged`() throws {
        try Self.withStream { server, connection in
            let name = try #require(JetStreamName("station-7"))
            let configuration = JetStreamConsumerConfiguration(
                name: name, stream: try #require(Self.stream),
                filter: try #require(NATSSubjectFilter("stations.7.commands")))
            for _ in 0..<2 {
                let made = try JetStreamConsumer(connection.answer(to: .createConsumer(configuration)))
                #expect(made.stream == "STATIONS" && made.name == "station-7" && made.pendingCount == 0)
            }
            #expect(try pull(connection, name).end == .noMessages)
            #expect(try pull(connection, name, expiresMillis: 50).end == .expired)
            let field = try #require(NATSHeaders.Field("Kind", "close"))
            for subject in ["stations.7.commands", "stations.7.ticket.created", "stations.7.commands"] as [NATSSubject]
            {
                let answer = try connection.answer(on: subject, headers: NATSHeaders([field]), payload: "c".bytes)
                _ = try JetStreamPublishAcknowledgement(answer)
            }
            let first = try pull(connection, name)
            #expect(first.end == .expired)
            #expect(first.deliveries.map(\.streamSequence) == [1, 3])
            #expect(first.deliveries.map(\.deliveryCount) == [1, 1])
            #expect(first.deliveries.first?.headers?["Kind"] == "close")
            #expect(first.deliveries.first?.subject == "stations.7.commands")

            // One was handled, the other must come again. Both acknowledgements are confirmed.
            for (delivery, acknowledgement) in zip(
                first.deliveries, [JetStreamAcknowledgement.done, .again(afterMillis: nil)])
            {
                try confirm(acknowledgement, of: delivery, over: connection)
            }
            let second = try pull(connection, name, batch: 1, expiresMillis: 5000)
            #expect(second.deliveries.map(\.streamSequence) == [3])
            #expect(second.deliveries.map(\.deliveryCount) == [2])
            for delivery in second.deliveries {
                try confirm(.inProgress, of: delivery, over: connection)
                try confirm(.never, of: delivery, over: connection)
            }

            // The consumer remembers it on another connection too.
            let other = try NATSConnection.open(port: server.port)
            let found = try JetStreamConsumer(other.answer(to: .createConsumer(configuration)))
            #expect(found.pendingCount == 0 && found.unacknowledgedCount == 0)
        }
    }

    private func confirm(
        _ acknowledgement: JetStreamAcknowledgement, of delivery: JetStreamDelivery, over connection: NATSConnection
    ) throws {
        let answer = try connection.answer(
            on: delivery.acknowledgementSubject, payload: acknowledgement.payload)
        #expect(answer.payload.isEmpty && answer.status == nil)
    }

    @Test func `a message too large for a pull is reported`() throws {
        try Self.withStream { _, connection in
            let name = try #require(JetStreamName("station-7"))
            let configuration = JetStreamConsumerConfiguration(
                name: name, stream: try #require(Self.stream),
                filter: try #require(NATSSubjectFilter("stations.7.commands")))
            _ = try JetStreamConsumer(connection.answer(to: .createConsumer(configuration)))
            let answer = try connection.answer(
                on: "stations.7.commands", payload: [UInt8](repeating: 0x78, count: 5000))
            _ = try JetStreamPublishAcknowledgement(answer)
            #expect(try pull(connection, name, bytesMax: 1000).end == .messageTooLarge)
            #expect(try pull(connection, name, batch: 1, bytesMax: 10_000).deliveries.count == 1)
        }
    }
}
