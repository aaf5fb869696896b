import Bytes
import TLS
import Testing

/// What is said about chains before they are installed.
@Suite struct CertificateChainTests {
    private static let now = Timestamp(milliseconds: 1_796_119_200_000)
    private static let yearMillis: Int64 = 365 * 86_400_000

    private static func details(
        _ subject: String, by issuer: String, key: UInt8, isAuthority: Bool = false, names: [String]? = nil,
        isForServers: Bool? = nil
    ) -> CertificateDetails {
        CertificateDetails(
            subject: subject, issuer: issuer, names: names ?? (isAuthority ? [] : ["quay.example"]),
            notBefore: now.advanced(byMilliseconds: -yearMillis), notAfter: now.advanced(byMilliseconds: yearMillis),
            fingerprint: [key], publicKeyFingerprint: [key], isSelfSigned: subject == issuer,
            isAuthority: isAuthority, isForServers: isForServers ?? !isAuthority, keyKind: "P-256")
    }

    private static let leaf = details("quay", by: "Middle", key: 1)
    private static let middle = details("Middle", by: "Root", key: 2, isAuthority: true)
    private static let root = details("Root", by: "Root", key: 3, isAuthority: true)

    private static func judge(_ certificates: [CertificateDetails], key: UInt8 = 1) -> CertificateChain {
        let issuers = certificates.map { one in certificates.indices.filter { certificates[$0].subject == one.issuer } }
        return CertificateChain(certificates, issuers: issuers, key: [key], keyName: "the station's key", at: now)
    }

    @Test func `a chain in order has no faults, with and without the root`() {
        #expect(Self.judge([Self.leaf, Self.middle]).allFaults == [])
        #expect(Self.judge([Self.leaf, Self.middle]).remarks == ["clients must know its issuer, \"Root\""])
        #expect(Self.judge([Self.leaf, Self.middle, Self.root]).allFaults == [])
        #expect(Self.judge([Self.leaf, Self.middle, Self.root]).remarks.first?.contains("need not be") == true)
        #expect(Self.judge([Self.leaf]).remarks == ["clients must know its issuer, \"Middle\""])
    }

    @Test func `disorder, gaps and strangers are told apart`() {
        #expect(
            Self.judge([Self.leaf, Self.root, Self.middle]).faults.first
                == "the chain is not in order: certificate 1 (\"quay\") must be followed by its issuer, certificate 3 "
                + "(\"Middle\"), not by certificate 2 (\"Root\")")
        #expect(
            Self.judge([Self.leaf, Self.root]).faults
                == [
                    "the chain has a gap: certificate 1 (\"quay\") was issued by \"Middle\", whose certificate is "
                        + "missing, and is followed by certificate 2 (\"Root\")"
                ])
        let own = Self.details("own", by: "own", key: 1)
        #expect(Self.judge([own, Self.root]).faults.first?.contains("self-signed") == true)
    }

    @Test func `a key of another certificate is named`() {
        #expect(
            Self.judge([Self.middle, Self.leaf]).keyFault
                == "the station's key belongs to certificate 2 (\"quay\"): that certificate must come first")
        #expect(
            Self.judge([Self.leaf, Self.middle], key: 9).keyFault
                == "the station's key is not the key of certificate 1 (\"quay\")")
        #expect(Self.judge([]).keyFault == "it holds no certificate in PEM form")
    }

    @Test func `a certificate that no client would accept is refused`() {
        #expect(Self.judge([Self.root], key: 3).faults.first?.contains("an authority's") == true)
        #expect(
            Self.judge([Self.details("quay", by: "Middle", key: 1, names: [])]).faults
                == ["the certificate names neither a host nor an address (subjectAltName)"])
        // `openssl req -x509` makes such certificates.
        let both = Self.details("own", by: "own", key: 1, isAuthority: true, names: ["own"], isForServers: true)
        #expect(Self.judge([both]).allFaults == [])
        #expect(Self.judge([both]).remarks.contains { $0.contains("may issue certificates") })
        var mail = Self.leaf
        mail.isForServers = false
        #expect(Self.judge([mail]).faults == ["the certificate is not for servers (extended key usage)"])
        var old = Self.leaf
        old.notAfter = Self.now.advanced(byMilliseconds: -86_400_000)
        #expect(
            Self.judge([old]).faults
                == ["the certificate expired on 2026-11-30; this machine's clock says 2026-12-01"])
        var oldMiddle = Self.middle
        oldMiddle.notAfter = old.notAfter
        #expect(Self.judge([Self.leaf, oldMiddle]).faults.first?.hasPrefix("the certificate of \"Middle\"") == true)
    }

    @Test func `a certificate of the future is a remark: the clock may be wrong`() {
        var future = Self.leaf
        future.notBefore = Self.now.advanced(byMilliseconds: Self.yearMillis / 2)
        let chain = Self.judge([future])
        #expect(chain.allFaults == [])
        #expect(chain.remarks.contains { $0.contains("is valid from 2027-") })
    }
}
