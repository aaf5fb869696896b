import Bytes
import Gateway
import JSON
import TLS
import Uplink

extension Configuration {
    /// The settings of the section `upstream`. New values hold at once for a running station, on a new connection.
    static let upstreamSettings: [Setting] = [
        Setting(
            name: "upstream.url", isReloadable: true,
            rule:
                "must be \"http://HOST[:PORT]\", \"https://…\", \"nats://…\" or \"tls://…\" with nothing after it, a "
                + "list of up to \(UpstreamSettings.urlsMax) of these with one scheme, or \"\" for none",
            read: { value, configuration in
                guard let urls = urls(value) else { return false }
                configuration.upstream.urls = urls
                return true
            },
            value: { configuration in
                let texts = configuration.upstream.urls.map { JSONValue.string($0.text) }
                return texts.count > 1 ? .array(texts) : texts.first ?? ""
            }),
        secret("upstream.token", \.upstream.token),
        text("upstream.user", \.upstream.user),
        secret("upstream.password", \.upstream.password),
        Setting(
            name: "upstream.credentials_file", isReloadable: true,
            rule: "must be the path of a file that `nsc` wrote or that has an NKEY seed, or \"\" for none",
            read: { value, configuration in
                guard let text = value.stringValue, text.isEmpty || (path(value) != nil && text.utf8.last != 0x2F)
                else { return false }
                configuration.upstream.credentialsFile = text
                return true
            },
            value: { .string($0.upstream.credentialsFile) }),
        Setting(
            name: "upstream.domain", isReloadable: true,
            rule:
                "must be the name of a JetStream domain, at most 255 bytes without spaces and . * > / \\, or \"\" for "
                + "that of the server",
            read: { value, configuration in
                guard let text = value.stringValue, text.isEmpty || UplinkIdentity.isDomain(text) else { return false }
                configuration.upstream.domain = text
                return true
            },
            value: { .string($0.upstream.domain) }),
        file("upstream.ca_file", \.upstream.authoritiesFile, "with certificates of authorities in PEM form"),
        Setting(
            name: "upstream.fingerprint", isReloadable: true,
            rule:
                "must be a certificate's SHA-256 in hexadecimal digits, a key's as \"sha256//BASE64\", or \"\" "
                + "for none",
            read: { value, configuration in
                guard let text = value.stringValue, text.isEmpty || TLSPin(text: text) != nil else { return false }
                configuration.upstream.fingerprint = text
                return true
            },
            value: { .string($0.upstream.fingerprint) }),
        file("upstream.certificate_file", \.upstream.certificateFile, "with a client certificate in PEM form"),
        file("upstream.key_file", \.upstream.keyFile, "with a private key in PEM form"),
        Setting(
            name: "upstream.command_key", isReloadable: true, isSecret: true,
            rule:
                "must be what `stationd central command-key` prints (64 or 128 hexadecimal digits), a list of up to "
                + "\(UpstreamSettings.commandKeysMax) of these, or \"\" for none",
            read: { value, configuration in
                guard let keys = commandKeys(value) else { return false }
                configuration.upstream.commandKeys = keys
                return true
            },
            value: { configuration in
                let texts = configuration.upstream.commandKeys.map { JSONValue.string($0.text) }
                return texts.count > 1 ? .array(texts) : texts.first ?? ""
            }),
        Setting(
            name: "upstream.may_make_admins", isReloadable: true, rule: "must be true or false",
            read: { value, configuration in
                guard let flag = value.boolValue else { return false }
                configuration.upstream.mayMakeAdmins = flag
                return true
            },
            value: { .bool($0.upstream.mayMakeAdmins) }),
        Setting(
            name: "upstream.interval_seconds", isReloadable: true, rule: "must be a whole number from 1 to 3600",
            read: { value, configuration in
                guard let seconds = value.integerValue, (1...3600).contains(seconds) else { return false }
                configuration.upstream.intervalSeconds = Int(seconds)
                return true
            },
            value: { .integer(Int64($0.upstream.intervalSeconds)) }),
    ]

    /// One URL or a list of them; empty for none.
    private static func urls(_ value: JSONValue) -> [UpstreamURL]? {
        if value.stringValue == "" { return [] }
        var urls: [UpstreamURL] = []
        for element in value.arrayValue ?? [value] {
            guard let url = element.stringValue.flatMap({ UpstreamURL($0) }), !urls.contains(url),
                url.scheme == urls.first?.scheme ?? url.scheme
            else { return nil }
            urls.append(url)
        }
        return urls.count <= UpstreamSettings.urlsMax ? urls : nil
    }

    private static func commandKeys(_ value: JSONValue) -> [CommandKey]? {
        if value.stringValue == "" { return [] }
        var keys: [CommandKey] = []
        for element in value.arrayValue ?? [value] {
            guard let key = element.stringValue.flatMap({ CommandKey($0) }), !keys.contains(key) else { return nil }
            keys.append(key)
        }
        return keys.count <= UpstreamSettings.commandKeysMax ? keys : nil
    }

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

    static func secret(_ name: String, _ path: WritableKeyPath<Configuration, String> & Sendable) -> Setting {
        var setting = text(name, path)
        setting.isSecret = true
        return setting
    }
}
