import Linux
import Server
import Store
import TLS

extension TLSSource {
    /// The most bytes of a file with certificates or a key. The system's authorities take about 220 kB.
    private static let fileBytesMax = 2 * 1024 * 1024
    /// Where Linux systems keep the authorities that they trust: Debian and Alpine, Red Hat, others.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// TLS by `library`, with the files that the configuration names, or those of the data directory.
    init(_ library: any TLSLibrary & CertificateLibrary, _ disk: LinuxDisk) {
        self.init(
            makeServer: { (configuration) throws(TLSFault) in
                try Self.presented(configuration, library, disk).presented
            },
            makeClient: { (configuration) throws(TLSFault) in
                let settings = configuration.upstream
                let identity: TLSIdentity? =
                    settings.certificateFile.isEmpty
                    ? nil : try Self.identity(settings.certificateFile, settings.keyFile, configuration)
                return try library.makeClient(Self.trust(of: configuration), identity: identity)
            })
    }

    /// The certificates to present, and what was found wrong with those in the data directory.
    static func presented(
        _ configuration: Configuration, _ library: any TLSLibrary & CertificateLibrary, _ disk: LinuxDisk
    ) throws(TLSFault) -> (presented: Presented, findings: [Finding]) {
        let settings = configuration.tls
        guard settings.certificateFile.isEmpty else {
            let identity = try identity(settings.certificateFile, settings.keyFile, configuration)
            return (Presented(server: try library.makeServer([identity]), news: [], hasMade: false), [])
        }
        let rules = StationCertificate.ofThisMachine(stationName: configuration.stationName, names: settings.names)
        let own: StationCertificates
        do throws(CommandFailure) {
            own = try StationCertificates.load(disk, library, rules, now: SystemClock.now().wall)
        } catch {
            throw TLSFault(error.messages.joined(separator: "; "))
        }
        let server = try library.makeServer(own.identities)
        return (Presented(server: server, news: own.news, hasMade: own.hasMade), own.findings)
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
