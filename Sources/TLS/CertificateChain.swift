import Bytes

/// The judgement on a certificate that somebody wants a station to present, with the chain that came with it and a key.
///
/// Faults make it unusable for every client. Remarks are what the person should know besides.
public struct CertificateChain: Hashable, Sendable {
    /// The most certificates of a chain. Clients refuse longer ones.
    public static let countMax = 10

    /// Why the key cannot prove the first certificate: a clause for an operator. Nil if it can.
    public private(set) var keyFault: String?
    /// What else is wrong: clauses for an operator.
    public private(set) var faults: [String] = []
    /// What is unusual but works: clauses for an operator.
    public private(set) var remarks: [String] = []

    /// All that is wrong. Empty if the chain can be used.
    public var allFaults: [String] { (keyFault.map { [$0] } ?? []) + faults }

    /// Judges a chain.
    ///
    /// - Parameters:
    ///   - certificates: the certificates as they stand in the file.
    ///   - issuers: for each of them the places of those that have signed it (`CertificateLibrary.issuers`).
    ///   - key: the fingerprint of the key that is to prove the first one (`CertificateLibrary.publicKeyFingerprint`).
    ///   - keyName: what to call that key: "the station's key".
    ///   - now: the time of day.
    public init(
        _ certificates: [CertificateDetails], issuers: [[Int]], key: [UInt8], keyName: String, at now: Timestamp
    ) {
        guard let leaf = certificates.first else {
            keyFault = "it holds no certificate in PEM form"
            return
        }
        judgeKey(certificates, key, keyName)
        judgeOrder(certificates, issuers)
        judgeLeaf(leaf)
        for (index, certificate) in certificates.enumerated() { judgeTime(certificate, index, now) }
    }

    private mutating func judgeKey(_ certificates: [CertificateDetails], _ key: [UInt8], _ keyName: String) {
        switch certificates.firstIndex(where: { $0.publicKeyFingerprint == key }) {
        case 0: break
        case let place?:
            keyFault = "\(keyName) belongs to \(Self.title(certificates, place)): that certificate must come first"
        case nil: keyFault = "\(keyName) is not the key of \(Self.title(certificates, 0))"
        }
    }

    private mutating func judgeOrder(_ certificates: [CertificateDetails], _ issuers: [[Int]]) {
        for place in certificates.indices.dropLast() where !issuers[place].contains(place + 1) {
            let (this, next) = (Self.title(certificates, place), Self.title(certificates, place + 1))
            let issuer = certificates[place].issuer.map { "\"\($0)\"" } ?? "somebody without a name"
            if let other = issuers[place].first(where: { $0 != place }) {
                faults.append(
                    "the chain is not in order: \(this) must be followed by its issuer, "
                        + "\(Self.title(certificates, other)), not by \(next)")
            } else if certificates[place].isSelfSigned {
                faults.append("\(this) is self-signed, so \(next) must not follow it")
            } else {
                faults.append(
                    "the chain has a gap: \(this) was issued by \(issuer), whose certificate is missing, and is "
                        + "followed by \(next)")
            }
        }
        guard allFaults.isEmpty, let last = certificates.last else { return }
        if last.isSelfSigned {
            remarks.append(
                certificates.count == 1
                    ? "it is self-signed: clients must know this certificate itself"
                    : "the root certificate \"\(last.subject ?? "")\" need not be in the file: clients know it or not")
        } else {
            remarks.append("clients must know its issuer, \"\(last.issuer ?? "")\"")
        }
    }

    private mutating func judgeLeaf(_ leaf: CertificateDetails) {
        if leaf.isAuthority, leaf.names.isEmpty || !leaf.isForServers {
            faults.append("the first certificate is an authority's (\"\(leaf.subject ?? "")\"), not a server's")
            return
        }
        if leaf.isAuthority {
            remarks.append(
                "it may issue certificates: whoever gets its key can be any server for clients that trust it")
        }
        if !leaf.isForServers { faults.append("the certificate is not for servers (extended key usage)") }
        if leaf.names.isEmpty {
            faults.append("the certificate names neither a host nor an address (subjectAltName)")
        }
    }

    private mutating func judgeTime(_ certificate: CertificateDetails, _ place: Int, _ now: Timestamp) {
        let title = place == 0 ? "the certificate" : "the certificate of \"\(certificate.subject ?? "")\" in the chain"
        let clock = "this machine's clock says \(Self.day(now))"
        if certificate.notAfter < now {
            faults.append("\(title) expired on \(Self.day(certificate.notAfter)); \(clock)")
        } else if certificate.notBefore > now {
            remarks.append("\(title) is valid from \(Self.day(certificate.notBefore)) on; \(clock)")
        }
    }

    private static func title(_ certificates: [CertificateDetails], _ place: Int) -> String {
        "certificate \(place + 1) (\"\(certificates[place].subject ?? certificates[place].names.first ?? "")\")"
    }

    /// The day of a time, as `2026-12-01`.
    public static func day(_ time: Timestamp) -> Substring { time.iso8601.prefix(10) }
}
