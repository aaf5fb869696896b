import Bytes
import JSON
import TLS

/// The certificate of the addresses with TLS, and what remains possible without TLS.
public struct TLSSettings: Hashable, Sendable {
    /// The PEM file with the certificate and its chain; empty for the station's own. `tls.certificate_file`.
    public var certificateFile = ""
    /// The PEM file with its private key; empty if that is in the same file. `tls.key_file`.
    public var keyFile = ""
    /// Names and addresses of the station's own certificate, besides those that the machine has. `tls.names`.
    public var names: [String] = []
    /// Whether addresses without TLS only send browsers to the ones with it. `tls.only`.
    public var only = false

    /// Creates settings for the station's own certificate.
    public init() {}
}

extension Configuration {
    /// The settings of the section `tls`. SIGHUP reads the files again, even if the paths are the same.
    static let tlsSettings: [Setting] = [
        file("tls.certificate_file", \.tls.certificateFile, "with a certificate and its chain in PEM form"),
        file("tls.key_file", \.tls.keyFile, "with a private key in PEM form"),
        Setting(
            name: "tls.names", isReloadable: true,
            rule: "must be a list of up to 32 host names and IP addresses",
            read: { value, configuration in
                guard let names = tlsNames(value) else { return false }
                configuration.tls.names = names
                return true
            },
            value: { .array($0.tls.names.map { .string($0) }) }),
        Setting(
            name: "tls.only", isReloadable: true, rule: "must be true or false",
            read: { value, configuration in
                guard let flag = value.boolValue else { return false }
                configuration.tls.only = flag
                return true
            },
            value: { .bool($0.tls.only) }),
    ]

    /// A setting with the path of a file, which SIGHUP applies.
    static func file(
        _ name: String, _ path: WritableKeyPath<Configuration, String> & Sendable, _ what: String
    ) -> Setting {
        Setting(
            name: name, isReloadable: true, rule: "must be the path of a file \(what), or \"\" for none",
            read: { value, configuration in
                guard let text = value.stringValue, text.isEmpty || (Self.path(value) != nil && text.utf8.last != 0x2F)
                else { return false }
                configuration[keyPath: path] = text
                return true
            },
            value: { .string($0[keyPath: path]) })
    }

    private static func tlsNames(_ value: JSONValue) -> [String]? {
        guard let elements = value.arrayValue, elements.count <= 32 else { return nil }
        var names: [String] = []
        for element in elements {
            guard let name = element.stringValue, IPAddress(text: name) != nil || StationCertificate.isHostName(name)
            else { return nil }
            names.append(ASCII.lowercased(name))
        }
        return names
    }
}
