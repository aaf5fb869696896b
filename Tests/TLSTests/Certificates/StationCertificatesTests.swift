#if TLS
import Bytes
import OpenSSL
import Platform
import Simulation
import Store
import TLS
import Testing

@testable import stationd

/// The certificates in a data directory: made, kept, renewed, put aside.
@Suite struct StationCertificatesTests {
    private static let library = OpenSSLLibrary()
    private static let now = Timestamp(milliseconds: 1_796_119_200_000)
    private static let (keyPath, ownPath) = ("tls/key.pem", "tls/certificate.pem")
    private static let installedPath = "tls/installed.pem"

    private static func rules(_ addresses: String...) -> StationCertificate {
        StationCertificate(
            stationName: "Harbour", configured: [], hostName: "quay",
            addresses: addresses.compactMap { IPAddress(text: $0) })
    }

    private static func load(
        _ disk: any Disk, _ rules: StationCertificate = rules(), days: Int64 = 0
    ) throws -> StationCertificates {
        try StationCertificates.load(
            disk, library, rules, now: now.advanced(byMilliseconds: days * 86_400_000))
    }

    private static func details(_ identity: TLSIdentity) throws -> CertificateDetails {
        try #require(try library.certificates(in: identity.certificates, from: "").first)
    }

    /// A certificate as an authority would make it, here signed by its own key.
    private static func installed(key: [UInt8], days: Int64 = 300) throws -> [UInt8] {
        try library.makeCertificate(
            CertificateDraft(
                subject: "quay.example", names: CertificateNames(hosts: ["quay.example"]),
                notBefore: now.advanced(byMilliseconds: -86_400_000),
                notAfter: now.advanced(byMilliseconds: days * 86_400_000)), key: key)
    }

    @Test func `the first start makes a key and a certificate, and the next ones keep them`() throws {
        let disk = MemoryDisk()
        let first = try Self.load(disk)
        #expect(first.findings == [] && first.identities.map(\.name) == [Self.ownPath])
        #expect(disk.paths == [Self.ownPath, Self.keyPath])
        #expect(first.news.count == 1 && first.news[0].contains("has made its own certificate"))
        let details = try Self.details(first.identities[0])
        #expect(first.news[0].contains(details.fingerprintText) && first.news[0].contains(details.publicKeyText))
        #expect(details.names == Self.rules().names.texts)
        let second = try Self.load(disk.durableCopy(), days: 700)
        #expect(second.identities == first.identities && second.findings == [])
        #expect(!second.news[0].contains("has made"))
        _ = try Self.library.makeServer(second.identities)
    }

    @Test func `a certificate that is due is renewed with the same key`() throws {
        let disk = MemoryDisk()
        let first = try Self.load(disk)
        let due = try Self.load(disk, days: 780)
        #expect(due.findings == [] && due.news[0].contains("since of the old one it expires on"))
        let moved = try Self.load(disk, Self.rules("10.0.0.5"), days: 780)
        #expect(moved.news[0].contains("it was not for 10.0.0.5"))
        #expect(Set([first, due, moved].map { $0.identities[0].certificates }).count == 3)
        #expect(Set([first, due, moved].map { $0.identities[0].key }).count == 1)
        #expect(try Self.load(disk, Self.rules("10.0.0.5"), days: 780).identities == moved.identities)
    }

    @Test func `a damaged key or certificate goes to quarantine and is made anew`() throws {
        for (path, keepsKey) in [(Self.keyPath, false), (Self.ownPath, true)] {
            for damage in [[], Array("-----BEGIN".utf8), [UInt8](repeating: 0, count: 300_000)] {
                let disk = MemoryDisk()
                let before = try Self.load(disk)
                disk.put(path, damage)
                let after = try Self.load(disk)
                #expect(after.findings.map(\.severity) == [.damage] && after.findings.map(\.file) == [path])
                #expect(after.findings[0].action?.contains("quarantine/tls-") == true)
                #expect(disk.paths.contains { $0.hasPrefix("quarantine/tls-") })
                #expect((after.identities[0].key == before.identities[0].key) == keepsKey)
                _ = try Self.library.makeServer(after.identities)
                #expect(try Self.load(disk).findings == [])
            }
        }
    }

    @Test func `a certificate of another key is replaced`() throws {
        let (disk, other) = (MemoryDisk(), MemoryDisk())
        _ = (try Self.load(disk), try Self.load(other))
        disk.put(Self.keyPath, other.bytes(Self.keyPath) ?? [])
        let loaded = try Self.load(disk)
        #expect(loaded.news[0].contains("another key") && loaded.findings == [])
        _ = try Self.library.makeServer(loaded.identities)
    }

    @Test func `a full or write-protected disk does not keep a station from TLS`() throws {
        let full = MemoryDisk()
        full.capacity = 100
        let loaded = try Self.load(full)
        #expect(loaded.findings.map(\.severity) == [.warning, .warning])
        _ = try Self.library.makeServer(loaded.identities)
        let sealed = ReadOnlyDisk(over: MemoryDisk())
        sealed.seal()
        _ = try Self.library.makeServer(try Self.load(sealed).identities)
        // What is there is used, and what is due is renewed in memory.
        let disk = MemoryDisk()
        let before = try Self.load(disk)
        let over = ReadOnlyDisk(over: disk)
        over.seal()
        #expect(try Self.load(over).identities == before.identities)
        let due = try Self.load(over, days: 800)
        #expect(due.findings.map(\.file) == [Self.ownPath] && due.identities[0].key == before.identities[0].key)
        #expect(due.identities != before.identities)
    }

    @Test func `an installed certificate comes first, with the station's key or its own`() throws {
        let disk = MemoryDisk()
        let own = try Self.load(disk).identities
        disk.put(Self.installedPath, try Self.installed(key: own[0].key))
        let loaded = try Self.load(disk)
        #expect(loaded.identities.map(\.name) == [Self.installedPath, Self.ownPath] && loaded.findings == [])
        #expect(loaded.identities[0].key == own[0].key && loaded.identities[1] == own[0])
        let key = try Self.library.makeKey()
        disk.put(Self.installedPath, key + [0x0A] + (try Self.installed(key: key)))
        _ = try Self.library.makeServer(try Self.load(disk).identities)
        #expect(try Self.load(disk).identities.count == 2)
    }

    @Test func `clients get the certificate of the name that they ask for, and the key that they have pinned`()
        throws
    {
        let disk = MemoryDisk()
        let own = try Self.load(disk).identities[0]
        disk.put(Self.installedPath, try Self.installed(key: own.key))
        let identities = try Self.load(disk).identities
        let server = try Self.library.makeServer(identities)
        let (installed, mine) = (try Self.details(identities[0]), try Self.details(own))
        let clients: [(host: String, trust: TLSTrust)] = [
            ("quay.example", .authorities(identities[0].certificates)),
            ("quay.example", .pinned(.certificate(installed.fingerprint))),
            ("quay.local", .authorities(own.certificates)), ("localhost", .authorities(own.certificates)),
            ("localhost", .pinned(.certificate(mine.fingerprint))),
            // An address is not asked for by name, so it is the installed one, with the same key.
            ("127.0.0.1", .pinned(.publicKey(mine.publicKeyFingerprint))),
            ("127.0.0.1", .pinned(.certificate(installed.fingerprint))),
        ]
        for (host, trust) in clients {
            let client = try Self.library.makeClient(trust, identity: nil)
            var pair = try TLSPair(server, client, host: host, time: Self.now)
            pair.run()
            #expect(pair.client.isOpened, "\(host): \(pair.client.fault?.description ?? "")")
        }
        let stranger = try Self.library.makeClient(.authorities(own.certificates), identity: nil)
        var pair = try TLSPair(server, stranger, host: "other.example", time: Self.now)
        pair.run()
        #expect(!pair.client.isOpened)
    }

    @Test func `an installed certificate that cannot be used is reported and left`() throws {
        let key = try Self.library.makeKey()
        let certificate = try Self.installed(key: key)
        let texts: [([UInt8], String)] = [
            (certificate, "is not the key of"), ([], "holds no certificate"), (key, "holds no certificate"),
            (Array(certificate.dropLast(50)), "damaged"), (Array(key.dropLast(50)) + certificate, "damaged"),
        ]
        for (text, words) in texts {
            let disk = MemoryDisk()
            disk.put(Self.installedPath, text)
            let loaded = try Self.load(disk)
            #expect(loaded.identities.map(\.name) == [Self.ownPath])
            #expect(loaded.findings.map(\.severity) == [.damage])
            #expect(loaded.findings[0].problem.contains(words), "\(loaded.findings)")
            #expect(disk.bytes(Self.installedPath) == text)
        }
    }

    @Test func `an installed certificate that expires is presented with a warning`() throws {
        let disk = MemoryDisk()
        let key = try Self.load(disk).identities[0].key
        disk.put(Self.installedPath, try Self.installed(key: key, days: 100))
        #expect(try Self.load(disk, days: 60).findings == [])
        let soon = try Self.load(disk, days: 80)
        #expect(soon.findings.map(\.severity) == [.warning] && soon.findings[0].problem.contains("expires on"))
        let late = try Self.load(disk, days: 120)
        #expect(late.findings[0].problem.contains("expired on") && late.identities.count == 2)
        // A clock that is not set is no reason to do without.
        #expect(
            try StationCertificates.load(
                disk, Self.library, Self.rules(), now: Timestamp(milliseconds: 0)
            ).identities.count == 2)
    }

    @Test func `a power cut at any moment leaves something to start from`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let disk = MemoryDisk()
            _ = try Self.load(disk)
            if seed.isMultiple(of: 2) { _ = try Self.load(disk, Self.rules("10.0.0.5")) }
            let rest = disk.losePower(.independent, using: &random)
            let loaded = try Self.load(rest)
            #expect(loaded.findings == [], "seed \(seed)")
            #expect(loaded.identities[0].key == disk.bytes(Self.keyPath), "seed \(seed)")
            rest.put("tls/key.pem.tmp", "half a key")
            _ = try Self.load(rest)
            #expect(!rest.paths.contains("tls/key.pem.tmp"))
        }
    }
}
#endif
