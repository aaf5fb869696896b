import Server
import TLS

extension TLSSource {
    /// The most bytes of a file with certificates or a key. The system's authorities take about 220 kB.
    private static let fileBytesMax = 2 * 1024 * 1024
    /// Where Linux systems keep the authorities that they trust: Debian and Alpine, Red Hat, others.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// TLS by `library`, with the files that the configuration names.
    init(_ library: any TLSLibrary) {
        self.init(
            makeServer: { (configuration) throws(TLSFault) in
                try library.makeServer([
                    Self.identity(configuration.tls.certificateFile, configuration.tls.keyFile, configuration)
                ])
            },
            makeClient: { (configuration) throws(TLSFault) in
                let settings = configuration.upstream
                let identity: TLSIdentity? =
                    settings.certificateFile.isEmpty
                    ? nil : try Self.identity(settings.certificateFile, settings.keyFile, configuration)
                return try library.makeClient(Self.trust(of: configuration), identity: identity)
            })
    }

    private static func trust(of configuration: Configuration) throws(TLSFault) -> TLSTrust {
        let settings = configuration.upstream
        if let pin = TLSPin(text: settings.fingerprint) { return .pinned(pin) }
        if !settings.authoritiesFile.isEmpty {
            return .authorities(try content(of: configuration.path(of: settings.authoritiesFile)))
        }
        for path in systemAuthorities {
            if let authorities = try? content(of: path) { return .authorities(authorities) }
        }
        throw TLSFault(
            "the system's authorities are not in \(systemAuthorities[0]): install ca-certificates, or set "
                + "upstream.ca_file or upstream.fingerprint")
    }

    private static func identity(
        _ certificate: String, _ key: String, _ configuration: Configuration
    ) throws(TLSFault) -> TLSIdentity {
        let certificate = configuration.path(of: certificate)
        let key = key.isEmpty ? certificate : configuration.path(of: key)
        return TLSIdentity(
            certificates: try content(of: certificate), key: try content(of: key),
            name: key == certificate ? certificate : "\(certificate) and \(key)")
    }

    private static func content(of path: String) throws(TLSFault) -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try StandardStreams.readFile(path, bytesMax: fileBytesMax)
        } catch {
            throw TLSFault("\(path): \(error)")
        }
        guard let bytes else { throw TLSFault("\(path) is longer than \(fileBytesMax) bytes") }
        return bytes
    }
}
