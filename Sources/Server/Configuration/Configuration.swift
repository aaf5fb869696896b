import Bytes
import Domain
import Gateway
import Platform

/// What the station is told at its start: the content of `stationd.json`, or the defaults that stand here.
///
/// `settings` holds each setting's name, rule and text; `etc/stationd.json` documents them all.
public struct Configuration: Hashable, Sendable {
    /// Where to listen; at least one. `listen`.
    public var listen: [ListenEndpoint] = [.tcp(host: "0.0.0.0", port: 8080)]
    /// The path of the data directory; a relative one is taken from the working directory. `data`.
    public var data = "/var/lib/stationd"
    /// The number under which the central server knows this station. `station.id`.
    public var stationID: Int64 = 1
    /// What people call this station. `station.name`.
    public var stationName = "Station 1"
    /// The file with the secret that signs tokens; `jwtSecretPath` resolves it. `jwt.secret_file`.
    public var jwtSecretFile = "secret.key"
    /// How long a token is good, in hours. `jwt.lifetime_hours`.
    public var jwtLifetimeHours = 24
    /// The origins whose pages may call the API; `["*"]` means all, an empty list none. `cors.origins`.
    public var corsOrigins = ["*"]
    /// `limits`.
    public var limits = Limits()
    /// Whether the staff of a ticket's station hears of a new ticket as admins do. `notifications.station_staff`.
    public var notifiesStationStaff = true
    /// Notifications older than so many days are no longer kept for their users. `notifications.kept_days`.
    public var notificationsKeptDays = 30
    /// So many notifications are kept for each user. `notifications.kept_count`.
    public var notificationsKeptCount = DeskLimits.notificationCountMax
    /// Who has missed more notifications than this is told first how many. `notifications.digest_above`.
    public var notificationsDigestAbove = 100
    /// The central server, and how the station shows itself there. `upstream`.
    public var upstream = UpstreamSettings()
    /// Whether this is the central server of a fleet of stations. `central.enabled`.
    public var isCentral = false
    /// `log.level`.
    public var logLevel = Log.Level.info

    /// Where `stationd serve` looks when it is not told.
    public static let defaultPath = "/etc/stationd/stationd.json"

    /// The defaults.
    public init() {}

    /// The path of the secret: relative ones are below the data directory.
    public var jwtSecretPath: String { isJWTSecretOurs ? "\(data)/\(jwtSecretFile)" : jwtSecretFile }

    /// The desk's part.
    var desk: DeskSettings {
        DeskSettings(
            notifiesStationStaff: notifiesStationStaff,
            notificationAgeMillisMax: Int64(notificationsKeptDays) * 86_400_000,
            notificationCountMax: notificationsKeptCount)
    }

    /// Whether the secret is made at the first start where its file is missing: only below the data directory. An
    /// absolute path names a secret that is shared with others, so a missing file is a fault.
    public var isJWTSecretOurs: Bool { !jwtSecretFile.hasPrefix("/") }
}

/// Why a configuration was refused: every fault that was found, in the order of the file.
public struct ConfigurationFault: Error, Hashable, CustomStringConvertible {
    /// One sentence each, with its place in front where it has one: `/etc/stationd/stationd.json:14: …`.
    public let messages: [String]

    public init(messages: [String]) { self.messages = messages }

    /// All of them in one line.
    public var description: String { messages.joined(separator: "; ") }
}
