import NATS

/// The names of the streams, the consumers and the subjects of a station.
///
///     stations.<station id>.<event type>      events up: stations.7.support.ticket.created
///     commands.<station id>                   commands down
///
/// All stations share the stream of events, and another one of commands. Each has a consumer on both: one brings its
/// commands, the other brings nothing and tells this stream from one that is made in its place. The central side makes
/// all of them. A station that may do so makes what is missing.
struct NATSStationNames: Hashable, Sendable {
    /// How long the stream recognises an event that is sent again. At most one window of events is unanswered when a
    /// connection breaks, and the next connection first compares what has arrived. So this time need only outlast
    /// events that are still in the server's buffers by then. Each identity costs the server some hundred bytes for
    /// this long. Two minutes is what servers choose by default, so a stream created by hand will do as well.
    static let duplicateWindowMillis: Int64 = 120_000
    /// The number of servers of a cluster that keep a stream that we create, if there are that many. Two would be no
    /// better than one: both would have to be there.
    static let replicaCountMax = 3
    /// The largest command that its stream accepts, with its headers. It fits into a pull, so none blocks the others.
    static let commandBytesMax = 256 * 1024

    let stream = JetStreamName(checked: "STATIONS")
    let commandStream = JetStreamName(checked: "COMMANDS")
    /// The station as a token of subjects and the beginning of its consumers' names.
    let station: JetStreamName
    let consumer: JetStreamName
    let mark: JetStreamName
    /// All subjects of all stations.
    let everything = NATSSubjectFilter(checked: "stations.>")
    let allCommands = NATSSubjectFilter(checked: "commands.*")
    /// This station's events.
    let events: NATSSubjectFilter
    let commands: NATSSubjectFilter
    /// The JetStream domain of the streams; nil for that of the server that we are connected to.
    let domain: JetStreamName?
    private let prefix: String

    init(stationID: Int64, domain: JetStreamName? = nil) {
        self.domain = domain
        prefix = "stations.\(stationID)."
        station = JetStreamName(checked: "station-\(stationID)")
        consumer = JetStreamName(checked: "station-\(stationID)-commands")
        mark = JetStreamName(checked: "station-\(stationID)-events")
        events = NATSSubjectFilter(checked: prefix + "support.>")
        commands = NATSSubjectFilter(checked: "commands.\(stationID)")
    }

    /// The subject of events of this type, or nil if the type cannot be part of a subject.
    func subject(ofType type: String) -> NATSSubject? { NATSSubject(prefix + type) }

    // MARK: What is made

    func streamConfiguration(replicaCount: Int = 1) -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: stream, subjects: [everything], duplicateWindowMillis: Self.duplicateWindowMillis,
            replicaCount: replicaCount)
    }

    func commandStreamConfiguration(replicaCount: Int = 1) -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: commandStream, subjects: [allCommands], duplicateWindowMillis: Self.duplicateWindowMillis,
            replicaCount: replicaCount, messageBytesMax: Self.commandBytesMax)
    }

    var markConfiguration: JetStreamConsumerConfiguration {
        JetStreamConsumerConfiguration(name: mark, stream: stream, filter: events, isAcknowledged: false)
    }

    /// One unacknowledged command at a time; see `NATSCommands`.
    func consumerConfiguration(acknowledgementWaitMillis: Int64) -> JetStreamConsumerConfiguration {
        JetStreamConsumerConfiguration(
            name: consumer, stream: commandStream, filter: commands,
            acknowledgementWaitMillis: acknowledgementWaitMillis, unacknowledgedMax: 1)
    }

    /// The subject of a request to JetStream.
    func subject(of request: JetStreamRequest) -> NATSSubject {
        domain.map { request.subject(in: $0) } ?? request.subject
    }

    // MARK: Words

    /// The command with which an operator creates the stream by hand.
    var streamCommand: String {
        let domain = domain.map { "--js-domain \($0.text) " } ?? ""
        return "nats \(domain)stream add \(stream.text) --subjects '\(everything.text)' --storage file "
            + "--retention limits --dupe-window 2m --allow-direct --defaults"
    }

    /// How an operator gets everything made, as the end of a sentence.
    var setUpCommand: String { "run `stationd central nats-setup` at the central server" }

    /// The permissions that a user needs, in words for an operator.
    var permissions: String {
        let api = domain.map { ", with $JS.\($0.text).API in place of $JS.API" } ?? ""
        return "`stationd central nats-permissions` at the central server prints what a station must be permitted\(api)"
    }
}
