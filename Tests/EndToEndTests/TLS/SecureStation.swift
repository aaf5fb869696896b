#if TLS
import Foundation
import JSON
import Peers

/// A station that listens with TLS and without, with a certificate for `localhost` and 127.0.0.1.
final class SecureStation {
    let authority: CertificateAuthority
    let station: StationProcess
    /// The port with TLS.
    private(set) var port: UInt16 = 0

    init(
        tls: [(String, JSONValue)] = [], limits: [(String, Int)] = [], settings: [(String, JSONValue)] = []
    ) throws {
        authority = try CertificateAuthority()
        let issued = try authority.issue("DNS:localhost,IP:127.0.0.1")
        var section: JSONObject = [
            "certificate_file": .string(issued.certificate), "key_file": .string(issued.key),
        ]
        for (name, value) in tls { section[name] = value }
        station = try StationProcess(
            .init(
                limits: limits, settings: settings + [("tls", .object(section))],
                arguments: ["--listen", "https://127.0.0.1:0"]))
        do {
            try station.start()
        } catch {
            remove()
            throw error
        }
        let mark = "Listening on https://127.0.0.1:"
        guard let line = station.log.split(separator: "\n").first(where: { $0.contains(mark) }),
            let port = line.components(separatedBy: mark).last.flatMap({ UInt16($0) })
        else { throw HarnessFault("the station does not listen with TLS") }
        self.port = port
    }

    static func running(
        tls: [(String, JSONValue)] = [], limits: [(String, Int)] = [], _ body: (SecureStation) throws -> Void
    ) throws {
        let station = try SecureStation(tls: tls, limits: limits)
        defer { station.remove() }
        do {
            try body(station)
        } catch {
            print("The station's last lines:\n\(Excerpt.end(of: station.station.log))")
            throw error
        }
    }

    func remove() {
        station.remove()
        authority.remove()
    }

    /// The environment in which the stock clients trust the authority.
    var variables: [String: String] {
        let names = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "CURL_CA_BUNDLE"]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, authority.certificate) })
    }

    /// Runs curl against the port with TLS.
    func curl(_ arguments: String..., path: String = "/healthz") throws -> CommandResult {
        try CommandResult.run(
            ["curl", "-sS", "-m", "10", "--noproxy", "*", "--cacert", authority.certificate] + arguments
                + ["https://localhost:\(port)\(path)"], seconds: 20)
    }

    /// Runs OpenSSL's client against the port with TLS.
    func openssl(_ arguments: String...) throws -> CommandResult {
        try CommandResult.run(
            ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + arguments, seconds: 20)
    }
}
#endif
