import NATS

/// The names of the stream, the consumer and the subjects of a station.
///
///     stations.<station id>.<event type>      events up: stations.7.support.ticket.created
///     stations.<station id>.commands          commands down
///
/// All stations share the stream.
struct NATSStationNames: Hashable, Sendable {
    /// How long the stream recognises an event that is sent again. At most one window of events is unanswered when a
    /// connection breaks, and the next connection first compares what has arrived. So this time need only outlast
    /// events that are still in the server's buffers by then. Each identity costs the server some hundred bytes for
    /// this long. Two minutes is what servers choose by default, so a stream created by hand will do as well.
    static let duplicateWindowMillis: Int64 = 120_000
    /// The number of servers of a cluster that keep a stream that we create, if there are that many. Two would be no
    /// better than one: both would have to be there.
    static let replicaCountMax = 3

    let stream = JetStreamName(checked: "STATIONS")
    let consumer: JetStreamName
    /// All subjects of all stations: events and commands.
    let everything = NATSSubjectFilter(checked: "stations.>")
    /// This station's events, without its commands.
    let events: NATSSubjectFilter
    let commands: NATSSubjectFilter
    /// The JetStream domain of the stream; nil for that of the server that we are connected to.
    let domain: JetStreamName?
    private let prefix: String

    init(stationID: Int64, domain: JetStreamName? = nil) {
        self.domain = domain
        prefix = "stations.\(stationID)."
        consumer = JetStreamName(checked: "station-\(stationID)-commands")
        events = NATSSubjectFilter(checked: prefix + "support.>")
        commands = NATSSubjectFilter(checked: prefix + "commands")
    }

    /// The subject of events of this type, or nil if the type cannot be part of a subject.
    func subject(ofType type: String) -> NATSSubject? { NATSSubject(prefix + type) }

    func streamConfiguration(replicaCount: Int = 1) -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: stream, subjects: [everything], duplicateWindowMillis: Self.duplicateWindowMillis,
            replicaCount: replicaCount)
    }

    /// The subject of a request to JetStream.
    func subject(of request: JetStreamRequest) -> NATSSubject {
        domain.map { request.subject(in: $0) } ?? request.subject
    }

    /// The command with which an operator creates the stream by hand.
    var streamCommand: String {
        let domain = domain.map { "--js-domain \($0.text) " } ?? ""
        return "nats \(domain)stream add \(stream.text) --subjects '\(everything.text)' --storage file "
            + "--retention limits --dupe-window 2m --defaults"
    }

    /// The permissions that a user needs, in words for an operator.
    var permissions: String {
        "a station must be permitted to publish on \(prefix)support.>, $JS.\(domain.map { "\($0.text)." } ?? "")API.> "
            + "and $JS.ACK.>, and to subscribe to _INBOX.>"
    }
}
