import NATS

/// What a station must be permitted on a NATS server and no more, in the syntax of nats-server's configuration.
///
/// Permissions alone do not hold a station. A request carries the subject that its answer goes to, which no permission
/// limits, and the server itself publishes the answer there: so a user of the account that has the streams can purge
/// them with the acknowledgement of one event, whatever the user may publish. Hence each station has an account of its
/// own, in which nothing is but what it imports. There an answer reaches the station and nobody else.
public enum NATSPermissions {
    /// The account that has the streams, in the text.
    public static let centralAccount = "CENTRAL"

    /// The account of a station: a member of `accounts { }`.
    public static func account(of stationID: Int64) -> String {
        let names = NATSStationNames(stationID: stationID)
        let inbox = "_INBOX.\(names.station.text).>"
        let services = services(of: names)
        let publish = services.map { "          \"\($0)\"" }.joined(separator: "\n")
        let imports = services.map { "      { service: { account: \(centralAccount), subject: \"\($0)\" } }" }
        return """
            STATION_\(stationID) {
              users: [
                {
                  user: "station-\(stationID)", password: $STATION_\(stationID)_PASSWORD
                  permissions: {
                    publish: { allow: [
            \(publish)
                    ] }
                    subscribe: { allow: ["\(inbox)"] }
                  }
                }
              ]
              imports: [
            \(imports.joined(separator: "\n"))
              ]
            }

            """
    }

    /// What the account that has the streams lets the stations' accounts import: its member `exports`.
    public static let exports = """
        exports: [
          { service: "stations.*.support.>" }
          { service: "$JS.API.DIRECT.GET.STATIONS.stations.*.support.>" }
          { service: "$JS.API.CONSUMER.INFO.STATIONS.*" }
          { service: "$JS.API.CONSUMER.INFO.COMMANDS.*" }
          { service: "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.*", response: stream }
          { service: "$JS.ACK.COMMANDS.*.>" }
        ]

        """

    /// The subjects that a station publishes on.
    private static func services(of names: NATSStationNames) -> [String] {
        let (stream, commands) = (names.stream.text, names.commandStream.text)
        return [
            names.events.text,
            "$JS.API.DIRECT.GET.\(stream).\(names.events.text)",
            "$JS.API.CONSUMER.INFO.\(stream).\(names.mark.text)",
            "$JS.API.CONSUMER.INFO.\(commands).\(names.consumer.text)",
            "$JS.API.CONSUMER.MSG.NEXT.\(commands).\(names.consumer.text)",
            "$JS.ACK.\(commands).\(names.consumer.text).>",
        ]
    }
}
