import Bytes
import Domain
import Gateway
import JSON
import Platform

extension Configuration {
    /// One setting: its name, its rule, how it is read and how it is written.
    struct Setting: Sendable {
        /// The path in the file, with its parts joined by full stops: `log.level`.
        let name: String
        /// Whether SIGHUP applies a new value to a running station.
        let isReloadable: Bool
        /// Whether the value must not appear in logs and messages.
        var isSecret = false
        /// The rule for values, as the rest of a sentence that begins with the setting's name.
        let rule: String
        /// Stores a value that fits the rule and returns true; otherwise returns false.
        let read: @Sendable (JSONValue, inout Configuration) -> Bool
        /// The current value as JSON.
        let value: @Sendable (Configuration) -> JSONValue
    }

    /// The names of all settings, in full: `log.level`.
    public static var settingNames: [String] { settings.map(\.name) }

    static let settings: [Setting] = sectionSettings + upstreamSettings + limitSettings

    private static let sectionSettings: [Setting] = [
        Setting(
            name: "listen", isReloadable: false,
            rule:
                "must be \"HOST:PORT\" with an IP address (IPv6 in brackets) or localhost, or a list of up to 16 "
                + "of these",
            read: { value, configuration in
                guard let endpoints = endpoints(value) else { return false }
                configuration.listen = endpoints
                return true
            },
            value: { configuration in
                let texts = configuration.listen.map { JSONValue.string($0.text) }
                return texts.count == 1 ? texts[0] : .array(texts)
            }),
        Setting(
            name: "data", isReloadable: false, rule: "must be the path of a directory",
            read: { value, configuration in
                guard let path = path(value) else { return false }
                configuration.data = path
                return true
            },
            value: { .string($0.data) }),
        Setting(
            name: "station.id", isReloadable: false, rule: "must be a whole number from 1 to 9007199254740991",
            read: { value, configuration in
                guard let number = value.integerValue, (1...9_007_199_254_740_991).contains(number) else {
                    return false
                }
                configuration.stationID = number
                return true
            },
            value: { .integer($0.stationID) }),
        Setting(
            name: "station.name", isReloadable: false,
            rule: "must be a text of 1 to 200 bytes without control characters",
            read: { value, configuration in
                guard let text = value.stringValue, (1...200).contains(text.utf8.count),
                    text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
                else { return false }
                configuration.stationName = text
                return true
            },
            value: { .string($0.stationName) }),
        Setting(
            name: "jwt.secret_file", isReloadable: false,
            rule: "must be the path of a file, and in the data directory if it is relative",
            read: { value, configuration in
                guard let path = path(value), path.utf8.last != 0x2F, !path.split(separator: "/").contains("..") else {
                    return false
                }
                configuration.jwtSecretFile = path
                return true
            },
            value: { .string($0.jwtSecretFile) }),
        Setting(
            name: "jwt.lifetime_hours", isReloadable: true, rule: "must be a whole number from 1 to 8760",
            read: { value, configuration in
                guard let hours = wholeNumber(value, in: 1...8760) else { return false }
                configuration.jwtLifetimeHours = hours
                return true
            },
            value: { .integer(Int64($0.jwtLifetimeHours)) }),
        Setting(
            name: "cors.origins", isReloadable: true,
            rule: "must be [\"*\"] or a list of up to 64 origins such as \"https://console.example.com\"",
            read: { value, configuration in
                guard let origins = origins(value) else { return false }
                configuration.corsOrigins = origins
                return true
            },
            value: { .array($0.corsOrigins.map { .string($0) }) }),
        Setting(
            name: "notifications.station_staff", isReloadable: true, rule: "must be true or false",
            read: { value, configuration in
                guard let flag = value.boolValue else { return false }
                configuration.notifiesStationStaff = flag
                return true
            },
            value: { .bool($0.notifiesStationStaff) }),
        Setting(
            name: "notifications.ticket_changes", isReloadable: true, rule: "must be true or false",
            read: { value, configuration in
                guard let flag = value.boolValue else { return false }
                configuration.notesTicketChanges = flag
                return true
            },
            value: { .bool($0.notesTicketChanges) }),
        Setting(
            name: "notifications.kept_days", isReloadable: true, rule: "must be a whole number from 1 to 3650",
            read: { value, configuration in
                guard let days = wholeNumber(value, in: 1...3650) else { return false }
                configuration.notificationsKeptDays = days
                return true
            },
            value: { .integer(Int64($0.notificationsKeptDays)) }),
        Setting(
            name: "notifications.kept_count", isReloadable: true,
            rule: "must be a whole number from 1 to \(DeskLimits.notificationCountMax)",
            read: { value, configuration in
                guard let count = wholeNumber(value, in: 1...DeskLimits.notificationCountMax) else { return false }
                configuration.notificationsKeptCount = count
                return true
            },
            value: { .integer(Int64($0.notificationsKeptCount)) }),
        Setting(
            name: "notifications.digest_above", isReloadable: true,
            rule: "must be a whole number from 0 to \(DeskLimits.notificationCountMax)",
            read: { value, configuration in
                guard let count = wholeNumber(value, in: 0...DeskLimits.notificationCountMax) else { return false }
                configuration.notificationsDigestAbove = count
                return true
            },
            value: { .integer(Int64($0.notificationsDigestAbove)) }),
        Setting(
            name: "escalation.urgent_minutes", isReloadable: true, rule: "must be a whole number from 0 to 10080",
            read: { value, configuration in
                guard let minutes = wholeNumber(value, in: 0...10_080) else { return false }
                configuration.escalationUrgentMinutes = minutes
                return true
            },
            value: { .integer(Int64($0.escalationUrgentMinutes)) }),
        Setting(
            name: "escalation.high_minutes", isReloadable: true, rule: "must be a whole number from 0 to 10080",
            read: { value, configuration in
                guard let minutes = wholeNumber(value, in: 0...10_080) else { return false }
                configuration.escalationHighMinutes = minutes
                return true
            },
            value: { .integer(Int64($0.escalationHighMinutes)) }),
        Setting(
            name: "central.enabled", isReloadable: false, rule: "must be true or false",
            read: { value, configuration in
                guard let flag = value.boolValue else { return false }
                configuration.isCentral = flag
                return true
            },
            value: { .bool($0.isCentral) }),
        Setting(
            name: "log.level", isReloadable: true, rule: "must be \"debug\", \"info\", \"warning\" or \"error\"",
            read: { value, configuration in
                guard let text = value.stringValue, let level = Log.Level(rawValue: text) else { return false }
                configuration.logLevel = level
                return true
            },
            value: { .string($0.logLevel.rawValue) }),
    ]

    private static let limitSettings: [Setting] = Limits.settings.map { limit in
        Setting(
            name: "limits.\(limit.name)", isReloadable: limit.isReloadable,
            rule: "must be a whole number from \(limit.range.lowerBound) to \(limit.range.upperBound)",
            read: { value, configuration in
                guard let number = wholeNumber(value, in: limit.range) else { return false }
                configuration.limits[keyPath: limit.value] = number
                return true
            },
            value: { .integer(Int64($0.limits[keyPath: limit.value])) })
    }

    // MARK: Parsing values

    private static func wholeNumber(_ value: JSONValue, in range: ClosedRange<Int>) -> Int? {
        guard let wide = value.integerValue, let number = Int(exactly: wide), range.contains(number) else { return nil }
        return number
    }

    static func path(_ value: JSONValue) -> String? {
        guard let text = value.stringValue, (1...4000).contains(text.utf8.count), !text.utf8.contains(0) else {
            return nil
        }
        return text
    }

    private static func endpoints(_ value: JSONValue) -> [ListenEndpoint]? {
        var endpoints: [ListenEndpoint] = []
        for element in value.arrayValue ?? [value] {
            guard let text = element.stringValue, let endpoint = ListenEndpoint(text: text),
                !endpoints.contains(endpoint)
            else { return nil }
            endpoints.append(endpoint)
        }
        return (1...16).contains(endpoints.count) ? endpoints : nil
    }

    private static func origins(_ value: JSONValue) -> [String]? {
        guard let elements = value.arrayValue, elements.count <= 64 else { return nil }
        var origins: [String] = []
        for element in elements {
            guard let text = element.stringValue, isOrigin(text) || (text == "*" && elements.count == 1) else {
                return nil
            }
            origins.append(text)
        }
        return origins
    }

    /// Whether `text` is an origin as browsers serialise it (RFC 6454, section 6.2): a scheme, `://`, a host and
    /// perhaps a port, in lower case and with nothing after it.
    private static func isOrigin(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: 0x3A), bytes[colon...].starts(with: Array("://".utf8)) else {
            return false
        }
        let (scheme, authority) = (bytes[..<colon], bytes[(colon + 3)...])
        guard let first = scheme.first, first.isASCIILetter, !authority.isEmpty, bytes.count <= 300 else {
            return false
        }
        let isScheme = scheme.allSatisfy { byte in
            byte.isASCIIDigit || byte.isASCIILetter || [0x2B, 0x2D, 0x2E].contains(byte)
        }
        // Visible characters that neither end an authority nor name a user: no `/ ? # @ \`.
        let isAuthority = authority.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && ![0x2F, 0x3F, 0x23, 0x40, 0x5C].contains(byte)
        }
        return isScheme && isAuthority && bytes.allSatisfy { $0.asciiLowercased == $0 }
    }
}
