import NATS
import Peers
import Testing

/// Lanes against a real server.
@Suite(
    .serialized, .timeLimit(.minutes(1)),
    .enabled(
        if: NATSServerProcess.path != nil || NATSServerProcess.mustRun,
        "nats-server is not installed: apt-get install nats-server"))
struct NATSLaneServerTests {
    static let stream = JetStreamName("STATIONS")

    static func configuration(_ subject: String = "stations.>") throws -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: try #require(stream), subjects: [try #require(NATSSubjectFilter(subject))],
            duplicateWindowMillis: 120_000)
    }

    /// The stream of commands, as a lane makes it.
    static func commands() throws -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: try #require(JetStreamName("COMMANDS")), subjects: [try #require(NATSSubjectFilter("commands.*"))],
            duplicateWindowMillis: 120_000, messageBytesMax: 256 * 1024)
    }

    /// Runs `body` with a server, a connection to it and the streams.
    static func withStream(_ body: (NATSServerProcess, NATSConnection) throws -> Void) throws {
        try NATSServerProcess.withServer { server in
            let connection = try NATSConnection.open(port: server.port)
            _ = try JetStreamStream(connection.answer(to: .createStream(configuration())))
            _ = try JetStreamStream(connection.answer(to: .createStream(commands())))
            try body(server, connection)
        }
    }
}
