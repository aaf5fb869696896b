import NATS

/// What the stream, the consumer and the subjects of a station are called.
///
///     stations.<station id>.<event type>      events up: stations.7.support.ticket.created
///     stations.<station id>.commands          commands down
///
/// All stations share the stream.
struct NATSStationNames: Hashable, Sendable {
    /// For how long the stream recognises an event that is sent again. What a broken connection left unanswered, a
    /// window at most, is sent again after the comparison of the next one, which says what had come; so the window
    /// need only outlast what still lies in the server's buffers by then. Each identity costs the server some hundred
    /// bytes for that long. Two minutes is what servers choose by themselves, so a stream made by hand does too.
    static let duplicateWindowMillis: Int64 = 120_000

    let stream = JetStreamName(checked: "STATIONS")
    let consumer: JetStreamName
    /// Everything that stations and their commands are published on.
    let everything = NATSSubjectFilter(checked: "stations.>")
    /// This station's events.
    let events: NATSSubjectFilter
    let commands: NATSSubjectFilter
    private let prefix: String

    init(stationID: Int64) {
        prefix = "stations.\(stationID)."
        consumer = JetStreamName(checked: "station-\(stationID)-commands")
        events = NATSSubjectFilter(checked: prefix + "support.>")
        commands = NATSSubjectFilter(checked: prefix + "commands")
    }

    /// Where an event of this type is published, or nil where the type is no part of a subject.
    func subject(ofType type: String) -> NATSSubject? { NATSSubject(prefix + type) }

    var streamConfiguration: JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: stream, subjects: [everything], duplicateWindowMillis: Self.duplicateWindowMillis)
    }

    /// How an operator makes the stream by hand.
    var streamCommand: String {
        "nats stream add \(stream.text) --subjects '\(everything.text)' --storage file --retention limits "
            + "--dupe-window 2m --defaults"
    }

    /// What a user of the server must be permitted, for an operator.
    var permissions: String {
        "a station must be permitted to publish on \(prefix)support.>, $JS.API.> and $JS.ACK.>, and to subscribe to "
            + "_INBOX.>"
    }
}
