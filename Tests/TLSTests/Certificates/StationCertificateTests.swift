import Bytes
import TLS
import Testing

/// The rules of a station's own certificate.
@Suite struct StationCertificateTests {
    private static let dayMillis: Int64 = 86_400_000
    private static let now = Timestamp(milliseconds: 1_796_119_200_000)

    private static func rules(
        _ stationName: String = "Harbour", configured: [String] = [], hostName: String = "quay",
        addresses: [String] = []
    ) -> StationCertificate {
        StationCertificate(
            stationName: stationName, configured: configured, hostName: hostName,
            addresses: addresses.compactMap { IPAddress(text: $0) })
    }

    /// The certificate that these rules would have made at some time.
    private static func made(_ rules: StationCertificate, at time: Timestamp) -> CertificateDetails {
        let draft = rules.draft(at: time)
        return CertificateDetails(
            subject: draft.subject, issuer: draft.subject, names: draft.names.texts, notBefore: draft.notBefore,
            notAfter: draft.notAfter, fingerprint: [], publicKeyFingerprint: [], isSelfSigned: true,
            isAuthority: false, isForServers: true, keyKind: "P-256")
    }

    private static func later(_ days: Int64, than time: Timestamp = now) -> Timestamp {
        time.advanced(byMilliseconds: days * dayMillis)
    }

    @Test func `it is for the configured names, the machine's and its addresses`() {
        let rules = Self.rules(
            configured: ["Desk.example.com", "192.0.2.1"], hostName: "Quay.example.com",
            addresses: [
                "2001:db8::7", "10.0.0.5", "127.0.0.1", "::1", "fe80::1", "febf::1", "169.254.3.4", "::ffff:10.0.0.5",
                "fd00::1", "0.0.0.0", "224.0.0.1", "10.0.0.4",
            ])
        #expect(
            rules.names.hosts == ["desk.example.com", "quay.example.com", "quay.local", "localhost"])
        #expect(
            rules.names.addresses.map(\.description)
                == ["192.0.2.1", "127.0.0.1", "::1", "10.0.0.4", "10.0.0.5", "2001:db8::7", "fd00::1"])
        #expect(rules.subject == "Harbour")
    }

    @Test func `no name is there twice, and none that no certificate can have`() {
        let strange = ["", "a b", "-a", "a-", "a..b", ".", "ü", "a\u{0}b", "1.2.3", "*", "*.com", "a,DNS:b"]
        for name in strange { #expect(!StationCertificate.isHostName(name), "\(name)") }
        for name in ["a", "a-b", "a_b", "1a", "1.a", "*.a.b", String(repeating: "a", count: 63)] {
            #expect(StationCertificate.isHostName(name), "\(name)")
        }
        #expect(!StationCertificate.isHostName(String(repeating: "a", count: 64)))
        #expect(!StationCertificate.isHostName(String(repeating: "a.", count: 127)))
        let rules = Self.rules(configured: strange + ["localhost", "LOCALHOST"], hostName: "localhost")
        #expect(rules.names.hosts == ["localhost"])
        #expect(Self.rules(hostName: "(none)").names.hosts == ["localhost"])
    }

    @Test func `it has at most 64 names, the configured ones first`() {
        let configured = (0..<32).map { "name\($0).example" }
        let addresses = (0..<200).map { "10.0.1.\($0)" }
        let names = Self.rules(configured: configured, addresses: addresses).names
        #expect(names.texts.count == 64)
        #expect(Array(names.hosts.prefix(32)) == configured)
        #expect(names.texts.contains("localhost") && names.texts.contains("::1"))
    }

    @Test func `the common name has 64 characters at most and is never empty`() {
        #expect(Self.rules(String(repeating: "ữ", count: 70)).subject.unicodeScalars.count == 64)
        #expect(Self.rules("").subject == "stationd")
    }

    @Test func `it begins a day early and is good for 825 days`() {
        let draft = Self.rules().draft(at: Self.now)
        #expect(draft.notBefore == Self.later(-1))
        // The last second counts too (RFC 5280, section 4.1.2.5).
        let millis = draft.notAfter.milliseconds - draft.notBefore.milliseconds + 1_000
        #expect(millis == 825 * Self.dayMillis)
    }

    @Test func `a clock that is not set makes a certificate of 2026`() {
        let draft = Self.rules().draft(at: Timestamp(milliseconds: 5_000))
        #expect(draft.notBefore.iso8601.hasPrefix("2025-12-31T00:00:00"))
        #expect(draft.notAfter.iso8601.hasPrefix("2028-04-03T23:59:59"))
    }

    @Test func `it is renewed 60 days before its end`() {
        let rules = Self.rules()
        let certificate = Self.made(rules, at: Self.now)
        #expect(rules.reasonToRenew(certificate, at: Self.now) == nil)
        #expect(rules.reasonToRenew(certificate, at: Self.later(763)) == nil)
        #expect(rules.reasonToRenew(certificate, at: Self.later(765)) == "it expires on 2029-03-04")
        #expect(rules.reasonToRenew(certificate, at: Self.later(900)) == "it expired on 2029-03-04")
    }

    @Test func `a clock that is not set renews nothing, and one that was ahead is corrected`() {
        let rules = Self.rules()
        let certificate = Self.made(rules, at: Self.now)
        #expect(rules.reasonToRenew(certificate, at: Timestamp(milliseconds: 0)) == nil)
        // A clock that was saved at the last shutdown is a little late.
        #expect(rules.reasonToRenew(certificate, at: Self.later(-2)) == nil)
        let early = Self.made(rules, at: Self.later(400))
        #expect(rules.reasonToRenew(early, at: Self.now)?.contains("clock was ahead") == true)
    }

    @Test func `it is renewed for a name or an address that it lacks, and for none that it has besides`() {
        let old = Self.made(Self.rules(addresses: ["10.0.0.5", "10.0.0.6"]), at: Self.now)
        #expect(Self.rules(addresses: ["10.0.0.6"]).reasonToRenew(old, at: Self.now) == nil)
        let moved = Self.rules(configured: ["a.example"], addresses: ["10.0.0.7"])
        #expect(moved.reasonToRenew(old, at: Self.now) == "it was not for a.example, 10.0.0.7")
        let many = Self.rules(addresses: (1...9).map { "10.0.1.\($0)" })
        #expect(many.reasonToRenew(old, at: Timestamp(milliseconds: 0))?.hasSuffix("and 6 more") == true)
    }
}
