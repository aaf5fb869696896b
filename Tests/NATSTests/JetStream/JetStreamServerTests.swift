import Bytes
import Foundation
import NATS
import Peers
import Testing

/// JetStream against a real server.
@Suite(
    .serialized, .timeLimit(.minutes(1)),
    .enabled(
        if: NATSServerProcess.path != nil || NATSServerProcess.mustRun,
        "nats-server is not installed: apt-get install nats-server"))
struct JetStreamServerTests {
    static let stream = JetStreamName("STATIONS")
    static let subject: NATSSubject = "stations.7.ticket.created"

    static func configuration(_ subject: String = "stations.>") throws -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: try #require(stream), subjects: [try #require(NATSSubjectFilter(subject))],
            duplicateWindowMillis: 120_000)
    }

    /// Runs `body` with a server, a connection to it and a stream.
    static func withStream(_ body: (NATSServerProcess, NATSConnection) throws -> Void) throws {
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            _ = try JetStreamStream(connection.answer(to: .createStream(configuration())))
            try body(server, connection)
        }
    }

    // MARK: Connecting

    @Test func `user and password are accepted or refused`() throws {
        try NATSServerProcess.withServer(settings: "authorization { user: station, password: \"s3 cret\" }") { server in
            let connection = try NATSConnection.open(
                port: server.port, as: .user("station", password: "s3 cret"))
            let introduction = try #require(connection.machine.server)
            #expect(introduction.hasHeaders && introduction.hasJetStream && introduction.requiresAuthorization)
            #expect(introduction.payloadBytesMax == 1024 * 1024)
            for credentials in [NATSCredentials.none, .user("station", password: "wrong"), .token("s3 cret")] {
                let other = try NATSConnection(port: server.port)
                guard case .error(let error)? = try other.introduce(as: credentials) else {
                    Issue.record("the server accepted \(credentials)")
                    continue
                }
                #expect(error.kind == .authorizationViolation && error.endsConnection)
                let next = try other.event()
                #expect(next == nil && other.hasEnded)
            }
        }
    }

    @Test func `a token is accepted or refused`() throws {
        try NATSServerProcess.withServer(settings: "authorization { token: \"t0ken\" }") { server in
            _ = try NATSConnection.open(port: server.port, as: .token("t0ken"))
            let other = try NATSConnection(port: server.port)
            guard case .error(let error)? = try other.introduce(as: .token("wrong")) else {
                Issue.record("the server accepted a wrong token")
                return
            }
            #expect(error.kind == .authorizationViolation)
        }
    }

    @Test func `a missing permission is reported`() throws {
        let settings = """
            authorization { users: [
                { user: u, password: p, permissions: { publish: "stations.7.>", subscribe: "_INBOX.>" } }
            ] }
            """
        try NATSServerProcess.withServer(settings: settings) { server in
            let connection = try NATSConnection.open(port: server.port, as: .user("u", password: "p"))
            try connection.send { try connection.machine.publish(to: "stations.8.x", payload: [], into: &$0) }
            guard case .error(let error)? = try connection.event() else {
                Issue.record("it was permitted")
                return
            }
            #expect(error.kind == .permissionsViolation && error.text.contains("stations.8.x"))
            try connection.send { connection.machine.ping(into: &$0) }
            #expect(try connection.event() == .pong)
        }
    }

    @Test func `a message that is too large is refused before it is sent`() throws {
        try NATSServerProcess.withServer(settings: "max_payload: 1000") { server in
            let connection = try NATSConnection.open(port: server.port)
            #expect(connection.machine.server?.payloadBytesMax == 1000)
            #expect(throws: NATSRefusal.payloadTooLarge(bytes: 1001, bytesMax: 1000)) {
                _ = try connection.answer(on: Self.subject, payload: [UInt8](repeating: 0, count: 1001))
            }
            // The server accepts a message of exactly this size.
            let answer = try connection.answer(on: Self.subject, payload: [UInt8](repeating: 0, count: 1000))
            #expect(answer.status?.code == 503)
            try connection.send("PUB a 1001\r\n".bytes)
            guard case .error(let error)? = try connection.event() else {
                Issue.record("the server accepted it")
                return
            }
            #expect(error.kind == .maximumPayload && error.endsConnection)
        }
    }

    // MARK: Streams

    @Test func `without JetStream nobody answers`() throws {
        try NATSServerProcess.withServer(hasJetStream: false) { server in
            let connection = try NATSConnection.open(port: server.port)
            #expect(connection.machine.server?.hasJetStream == false)
            let name = try #require(Self.stream)
            let lookUp = try connection.answer(to: .lookUpStream(name))
            #expect(throws: JetStreamFault.noResponders) { try JetStreamStream(lookUp) }
            let publication = try connection.answer(on: Self.subject, payload: [])
            #expect(throws: JetStreamFault.noResponders) { try JetStreamPublishAcknowledgement(publication) }
        }
    }

    @Test func `a missing stream is created`() throws {
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            let name = try #require(Self.stream)
            func kind(_ answer: NATSMessage) -> JetStreamError.Kind? {
                do {
                    _ = try JetStreamStream(answer)
                    return nil
                } catch {
                    guard case .refused(let refusal) = error else { return nil }
                    return refusal.kind
                }
            }
            #expect(kind(try connection.answer(to: .lookUpStream(name))) == .streamNotFound)
            let wanted = try Self.configuration()
            for _ in 0..<2 {
                let made = try JetStreamStream(connection.answer(to: .createStream(wanted)))
                #expect(made.shortcoming(for: wanted) == nil && made.lastSequence == 0)
            }
            let found = try JetStreamStream(connection.answer(to: .lookUpStream(name)))
            #expect(found.shortcoming(for: wanted) == nil)
            #expect(found.shortcoming(for: try Self.configuration("other.>")) != nil)
            #expect(kind(try connection.answer(to: .createStream(Self.configuration("other.>")))) == .streamNameInUse)
            var second = wanted
            second.name = try #require(JetStreamName("SECOND"))
            #expect(kind(try connection.answer(to: .createStream(second))) == .subjectsOverlap)
        }
    }

    @Test func `a station's last event is found`() throws {
        try Self.withStream { _, connection in
            let name = try #require(Self.stream)
            func last(_ filter: String) throws -> JetStreamStoredMessage {
                let filter = try #require(NATSSubjectFilter(filter))
                return try JetStreamStoredMessage(connection.answer(to: .lastMessage(on: filter, of: name)))
            }
            #expect(throws: JetStreamFault.self) { try last("stations.7.*.*") }
            for (subject, identity) in [
                ("stations.7.ticket.created", "e-1"), ("stations.7.ticket.updated", "e-2"), ("stations.8.x.y", "f-9"),
                ("stations.7.commands", "c-1"),
            ] as [(NATSSubject, String)] {
                let publication = try #require(
                    JetStreamPublication(to: subject, messageID: identity, stream: name, payload: identity.bytes))
                let answer = try connection.answer(
                    on: publication.subject, headers: publication.headers, payload: publication.payload)
                #expect(try !JetStreamPublishAcknowledgement(answer).isDuplicate)
            }
            let tail = try last("stations.7.*.*")
            #expect(tail.messageID == "e-2" && tail.sequence == 2 && tail.subject == "stations.7.ticket.updated")
            #expect(tail.payload == "e-2".bytes)
            #expect(try last("stations.8.*.*").messageID == "f-9")
            #expect(try last("stations.7.>").messageID == "c-1")
        }
    }

    @Test func `a publication cannot reach another stream`() throws {
        try Self.withStream { _, connection in
            let publication = try #require(
                JetStreamPublication(to: Self.subject, messageID: "e-1", stream: JetStreamName("MINE"), payload: []))
            let answer = try connection.answer(
                on: publication.subject, headers: publication.headers, payload: publication.payload)
            do {
                _ = try JetStreamPublishAcknowledgement(answer)
                Issue.record("it was stored")
            } catch {
                guard case .refused(let refusal)? = error as? JetStreamFault else { throw error }
                #expect(refusal.kind == .unexpectedStream)
            }
        }
    }
}
