import Bytes
import Domain
import Gateway
import Platform

/// The settings of a station: the content of `stationd.json`, or the defaults given here.
///
/// Each property names its setting. `settings` has each one's rule; `etc/stationd.json` documents them all.
public struct Configuration: Hashable, Sendable {
    /// The endpoints to listen on, at least one. `listen`.
    public var listen: [ListenEndpoint] = [.tcp(host: "0.0.0.0", port: 8080)]
    /// The path of the data directory; a relative one starts at the working directory. `data`.
    public var data = "/var/lib/stationd"
    /// The number by which the central server knows this station. `station.id`.
    public var stationID: Int64 = 1
    /// The station's name for people. `station.name`.
    public var stationName = "Station 1"
    /// The file with the secret that signs tokens; `jwtSecretPath` resolves it. `jwt.secret_file`.
    public var jwtSecretFile = "secret.key"
    /// The lifetime of a token in hours. `jwt.lifetime_hours`.
    public var jwtLifetimeHours = 24
    /// The origins whose pages may call the API; `["*"]` means all, an empty list none. `cors.origins`.
    public var corsOrigins = ["*"]
    /// The bounds of requests, connections, logins and the journal. `limits`.
    public var limits = Limits()
    /// Whether the staff of a ticket's swap station hears of a new ticket as admins do. `notifications.station_staff`.
    public var notifiesStationStaff = true
    /// Whether changes of tickets stand in the inboxes of admins and staff. `notifications.ticket_changes`.
    public var notesTicketChanges = false
    /// The number of days for which notifications are kept for their users. `notifications.kept_days`.
    public var notificationsKeptDays = 30
    /// The number of notifications kept for each user. `notifications.kept_count`.
    public var notificationsKeptCount = DeskLimits.notificationCountMax
    /// A user who has missed more notifications than this first gets a digest. `notifications.digest_above`.
    public var notificationsDigestAbove = 100
    /// How long nobody may take an urgent ticket before admins are told again, in minutes; 0 for any time.
    /// `escalation.urgent_minutes`.
    public var escalationUrgentMinutes = 0
    /// The same for a ticket of high priority. `escalation.high_minutes`.
    public var escalationHighMinutes = 0
    /// The central server, and how the station presents itself there. `upstream`.
    public var upstream = UpstreamSettings()
    /// Whether this is the central server of a fleet of stations. `central.enabled`.
    public var isCentral = false
    /// The least level of lines in the log. `log.level`.
    public var logLevel = Log.Level.info

    /// The file that `stationd serve` reads unless told otherwise.
    public static let defaultPath = "/etc/stationd/stationd.json"

    /// Creates a configuration with all defaults.
    public init() {}

    /// The path of the secret; a relative one starts at the data directory.
    public var jwtSecretPath: String { isJWTSecretOurs ? "\(data)/\(jwtSecretFile)" : jwtSecretFile }

    /// The path of the file with the credentials for NATS, or nil if there is none; a relative one starts at the data
    /// directory.
    var upstreamCredentialsPath: String? {
        let file = upstream.credentialsFile
        return file.isEmpty ? nil : file.hasPrefix("/") ? file : "\(data)/\(file)"
    }

    /// The desk's settings.
    var desk: DeskSettings {
        var settings = DeskSettings(
            notifiesStationStaff: notifiesStationStaff,
            notificationAgeMillisMax: Int64(notificationsKeptDays) * 86_400_000,
            notificationCountMax: notificationsKeptCount)
        settings.notesTicketChanges = notesTicketChanges
        settings.driverOpenTicketsMax = limits.driverOpenTicketsMax
        settings.ticketBytesMax = limits.ticketBytesMax
        settings.ticketBytesPerUserMax = limits.ticketBytesPerUserMax
        return settings
    }

    /// Whether the first start makes the secret if its file is missing, which it does only below the data directory. An
    /// absolute path names a secret shared with others, so a missing file is a fault.
    public var isJWTSecretOurs: Bool { !jwtSecretFile.hasPrefix("/") }
}

/// Why a configuration was refused: all its faults, in the order of the file.
public struct ConfigurationFault: Error, Hashable, CustomStringConvertible {
    /// One sentence for each fault, after its place if it has one: `/etc/stationd/stationd.json:14: …`.
    public let messages: [String]

    /// Creates a fault with one or more sentences.
    public init(messages: [String]) { self.messages = messages }

    /// All sentences in one line.
    public var description: String { messages.joined(separator: "; ") }
}
