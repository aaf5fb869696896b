import Bytes

/// The rules of the certificate that a station makes for itself: what it is for, how long it is good, and when it is
/// made anew. Its key stays, so clients that have pinned the key need not notice.
public struct StationCertificate: Hashable, Sendable {
    /// The most names and addresses of a certificate.
    public static let namesMax = 64
    /// The longest period that Apple's systems accept, in milliseconds: 825 days, both ends included.
    static let validityMillis = 825 * dayMillis - 1_000
    /// It is made anew when less than this is left, in milliseconds.
    static let renewalMillis = 60 * dayMillis
    private static let dayMillis: Int64 = 86_400_000
    /// A machine without a battery for its clock starts in 1970, or when it was last shut down. No clock before
    /// 2026-01-01 is believed.
    static let earliest = Timestamp(milliseconds: 1_767_225_600_000)
    /// The longest common name (RFC 5280, ub-common-name), in characters.
    private static let subjectCountMax = 64

    /// The common name.
    public let subject: String
    /// What it is for.
    public let names: CertificateNames

    /// Collects what the certificate is for. What is named first is kept where there is too much.
    ///
    /// - Parameters:
    ///   - stationName: what people call the station; it becomes the common name.
    ///   - configured: names and addresses that the operator has listed. What is neither is left out.
    ///   - hostName: the machine's name, as uname(2) has it.
    ///   - addresses: the addresses of the machine's interfaces.
    public init(stationName: String, configured: [String], hostName: String, addresses: [IPAddress]) {
        let name = String(String.UnicodeScalarView(stationName.unicodeScalars.prefix(Self.subjectCountMax)))
        subject = name.isEmpty ? "stationd" : name
        var entries = configured.compactMap(Entry.init(text:))
        let host = hostName.lowercased()
        if Self.isHostName(host) {
            entries.append(.host(host))
            // Over mDNS a machine is known by the first label of its name (RFC 6762, section 3).
            if let label = host.split(separator: ".").first, label != "localhost" {
                entries.append(.host("\(label).local"))
            }
        }
        entries += [.host("localhost"), .address(.loopbackIPv4), .address(.loopbackIPv6)]
        entries += addresses.map(\.unmapped).filter(Self.isWorthNaming).sorted(by: Self.isBefore).map(Entry.address)
        var names = CertificateNames()
        var taken: Set<Entry> = []
        for entry in entries where taken.count < Self.namesMax && taken.insert(entry).inserted {
            switch entry {
            case .host(let host): names.hosts.append(host)
            case .address(let address): names.addresses.append(address)
            }
        }
        self.names = names
    }

    private enum Entry: Hashable {
        case host(String)
        case address(IPAddress)

        init?(text: String) {
            if let address = IPAddress(text: text) {
                self = .address(address)
            } else if StationCertificate.isHostName(text) {
                self = .host(text.lowercased())
            } else {
                return nil
            }
        }
    }

    /// Whether a text can be a DNS name of a certificate: labels of letters, digits, `-` and `_` with dots between them
    /// (RFC 1123, section 2.1), at most 253 bytes. The first label may be `*`.
    public static func isHostName(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        var labels = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        if labels.count > 2, labels[0].elementsEqual([0x2A]) { labels.removeFirst() }
        // All digits and dots would be a damaged address.
        guard let last = labels.last, !last.allSatisfy(\.isASCIIDigit) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
        }
    }

    /// Whether others may reach the station at this address. Link-local ones are good on one cable only.
    private static func isWorthNaming(_ address: IPAddress) -> Bool {
        guard address.isUnicast, !address.isLoopback else { return false }
        switch address {
        // 169.254.0.0/16 (RFC 3927).
        case .ipv4(let value): return value >> 16 != 0xA9FE
        // fe80::/10 (RFC 4291, section 2.5.6).
        case .ipv6(let high, _): return high >> 54 != 0xFE80 >> 6
        }
    }

    private static func isBefore(_ left: IPAddress, _ right: IPAddress) -> Bool {
        left.isIPv6 == right.isIPv6 ? left.bytes.lexicographicallyPrecedes(right.bytes) : !left.isIPv6
    }

    // MARK: Time

    /// The certificate to make now. It begins a day early, so that clients whose clocks are slow accept it.
    public func draft(at now: Timestamp) -> CertificateDraft {
        let start = max(now, Self.earliest).advanced(byMilliseconds: -Self.dayMillis)
        return CertificateDraft(
            subject: subject, names: names, notBefore: start,
            notAfter: start.advanced(byMilliseconds: Self.validityMillis))
    }

    /// Why a certificate of this station must be made anew: a clause for the log. Nil if it is good as it is.
    ///
    /// A clock that is not set yet says nothing about a certificate's dates.
    public func reasonToRenew(_ certificate: CertificateDetails, at now: Timestamp) -> String? {
        let present = Set(certificate.names.map { $0.lowercased() })
        let missing = names.texts.filter { !present.contains($0) }
        if !missing.isEmpty {
            let more = missing.count > 3 ? " and \(missing.count - 3) more" : ""
            return "it was not for \(missing.prefix(3).joined(separator: ", "))\(more)"
        }
        guard now >= Self.earliest else { return nil }
        if certificate.notAfter < now {
            return "it expired on \(CertificateChain.day(certificate.notAfter))"
        }
        if certificate.notAfter < now.advanced(byMilliseconds: Self.renewalMillis) {
            return "it expires on \(CertificateChain.day(certificate.notAfter))"
        }
        if certificate.notBefore > now.advanced(byMilliseconds: Self.dayMillis) {
            return "the clock was ahead when it was made, for it is valid from "
                + "\(CertificateChain.day(certificate.notBefore)) on"
        }
        return nil
    }
}
