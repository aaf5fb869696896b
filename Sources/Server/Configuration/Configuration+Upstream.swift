import Bytes
import Gateway
import JSON

extension Configuration {
    /// The settings of the section `upstream`. New values hold at once for a running station, on a new connection.
    static let upstreamSettings: [Setting] = [
        Setting(
            name: "upstream.url", isReloadable: true,
            rule:
                "must be \"http://HOST[:PORT]\" or \"nats://HOST[:PORT]\" with nothing after it, or \"\" for none",
            read: { value, configuration in
                guard let text = value.stringValue else { return false }
                configuration.upstream.url = UpstreamURL(text)
                return text.isEmpty || configuration.upstream.url != nil
            },
            value: { .string($0.upstream.url?.text ?? "") }),
        secret("upstream.token", \.upstream.token),
        text("upstream.user", \.upstream.user),
        secret("upstream.password", \.upstream.password),
        Setting(
            name: "upstream.interval_seconds", isReloadable: true, rule: "must be a whole number from 1 to 3600",
            read: { value, configuration in
                guard let seconds = value.integerValue, (1...3600).contains(seconds) else { return false }
                configuration.upstream.intervalSeconds = Int(seconds)
                return true
            },
            value: { .integer(Int64($0.upstream.intervalSeconds)) }),
    ]

    private static func text(_ name: String, _ path: WritableKeyPath<Configuration, String> & Sendable) -> Setting {
        Setting(
            name: name, isReloadable: true,
            rule: "must be a text of at most 1000 bytes, printable ASCII without spaces, or \"\" for none",
            read: { value, configuration in
                guard let text = value.stringValue, text.utf8.count <= 1000,
                    text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
                else { return false }
                configuration[keyPath: path] = text
                return true
            },
            value: { .string($0[keyPath: path]) })
    }

    private static func secret(_ name: String, _ path: WritableKeyPath<Configuration, String> & Sendable) -> Setting {
        var setting = text(name, path)
        setting.isSecret = true
        return setting
    }
}
