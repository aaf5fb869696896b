#if TLS
import Bytes
import Foundation
import OpenSSL
import Peers
import TLS
import Testing

@Suite struct TLSMachineTests {
    private let library = OpenSSLLibrary()
    private let server: any TLSServer
    private let client: any TLSClient
    /// A day from now on: the certificates of the test begin now.
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 86_400_000)
    /// More than two records.
    private let long = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    init() throws {
        let authority = try CertificateAuthority()
        defer { authority.remove() }
        server = try library.makeServer([try Self.identity("DNS:localhost,DNS:*.quay.lan,IP:127.0.0.1", by: authority)])
        client = try library.makeClient(try Self.trust(in: authority), identity: nil)
    }

    private static func identity(
        _ names: String, file: String = "leaf", by authority: CertificateAuthority
    ) throws -> TLSIdentity {
        try authority.issue(names, file: file)
        return TLSIdentity(
            certificates: try authority.content("\(file).pem"), key: try authority.content("\(file).key"),
            name: file)
    }

    private static func trust(in authority: CertificateAuthority) throws -> TLSTrust {
        .authorities(try authority.content("ca.pem"))
    }

    private func pair(host: String = "localhost") throws -> TLSPair {
        var pair = try TLSPair(server, client, host: host, time: now)
        pair.client.toSend = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        pair.server.toSend = long
        pair.server.closesAfterwards = true
        return pair
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, 1_000, Int.max])
    func `bytes arrive however they are split`(pieceMax: Int) throws {
        var pair = try pair()
        (pair.toServer.pieceMax, pair.toClient.pieceMax) = (pieceMax, pieceMax)
        pair.run()
        #expect(pair.client.isOpened && pair.server.isOpened)
        #expect(pair.server.received == Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(pair.client.received == long)
        #expect(pair.client.hasEnded && !pair.server.hasEnded)
        #expect(pair.client.fault == nil && pair.server.fault == nil)
    }

    @Test func `a line that is cut at any byte shows nothing that was not sent`() throws {
        var whole = try pair()
        whole.server.toSend = Array("answer".utf8)
        whole.run()
        let (up, down) = (whole.client.sentBytes, whole.server.sentBytes)
        #expect(up > 200 && down > 500)
        // The length of a signature varies by some bytes.
        let cuts = (0..<up + 4).map { ($0, Int.max) } + (0..<down + 4).map { (Int.max, $0) }
        for (up, down) in cuts {
            var pair = try pair()
            pair.server.toSend = Array("answer".utf8)
            (pair.toServer.cutAfter, pair.toClient.cutAfter) = (up, down)
            pair.run()
            let isPrefix = "GET / HTTP/1.1\r\n\r\n".utf8.starts(with: pair.server.received)
            #expect(isPrefix && "answer".utf8.starts(with: pair.client.received), "cut after \(up), \(down)")
            #expect(!pair.client.hasEnded || pair.client.received.count == 6, "cut after \(up), \(down)")
        }
        print("lines cut: \(cuts.count)")
    }

    @Test func `a changed byte is noticed wherever it is`() throws {
        var whole = try pair()
        whole.server.toSend = Array("answer".utf8)
        whole.run()
        var count = 0
        for place in 0..<max(whole.client.sentBytes, whole.server.sentBytes) {
            for isUp in [true, false] {
                var pair = try pair()
                pair.server.toSend = Array("answer".utf8)
                if isUp { pair.toServer.flippedAt = place } else { pair.toClient.flippedAt = place }
                pair.run()
                count += 1
                #expect("GET / HTTP/1.1\r\n\r\n".utf8.starts(with: pair.server.received), "\(isUp) \(place)")
                #expect("answer".utf8.starts(with: pair.client.received), "\(isUp) \(place)")
            }
        }
        print("bytes changed: \(count)")
    }

    @Test func `the certificate must be for the host`() throws {
        for host in ["localhost", "LOCALHOST", "station.quay.lan", "127.0.0.1"] {
            var pair = try pair(host: host)
            pair.run()
            #expect(pair.client.isOpened, "\(host): \(pair.client.fault?.description ?? "")")
        }
        for host in ["quay.lan", "a.b.quay.lan", "localhost.evil", "127.0.0.2", "::1"] {
            var pair = try pair(host: host)
            pair.run()
            #expect(
                pair.client.fault?.description
                    == "the server's certificate is for localhost, *.quay.lan, 127.0.0.1, not for \(host)")
            #expect(pair.server.received.isEmpty)
        }
    }

    @Test func `the certificate must be valid by the clock`() throws {
        var late = try pair()
        late.time = now.advanced(byMilliseconds: 4_000 * 86_400_000)
        late.run()
        #expect(late.client.fault?.description.hasPrefix("the server's certificate expired on 20") == true)
        var early = try pair()
        early.time = Timestamp(milliseconds: 0)
        early.run()
        let words = try #require(early.client.fault?.description)
        #expect(words.hasPrefix("the server's certificate is valid from 20"))
        #expect(words.hasSuffix("on; this station's clock says 1970-01-01T00:00:00Z"))
    }

    @Test func `the issuer must be trusted`() throws {
        let other = try CertificateAuthority(name: "Somebody else")
        defer { other.remove() }
        var pair = try TLSPair(
            server, try library.makeClient(try Self.trust(in: other), identity: nil), time: now)
        pair.run()
        let words = try #require(pair.client.fault?.description)
        #expect(words.contains("was issued by \"Test authority\", who is none of the trusted authorities"))
        #expect(pair.server.fault?.description == "the peer does not know the issuer of our certificate")
    }

    @Test func `a pinned server is trusted whatever its name and dates are`() throws {
        let authority = try CertificateAuthority()
        defer { authority.remove() }
        let server = try library.makeServer([try Self.identity("DNS:elsewhere", by: authority)])
        let text = try authority.run("x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sha256")
        let fingerprint = try #require(text.split(separator: "=").last).trimmingCharacters(
            in: .whitespacesAndNewlines)
        let key = try authority.run("x509", "-in", "leaf.pem", "-noout", "-pubkey")
        try Data(key.utf8).write(to: authority.directory.appendingPathComponent("public.pem"))
        try authority.run("pkey", "-pubin", "-in", "public.pem", "-outform", "DER", "-out", "public.der")
        try authority.run("dgst", "-sha256", "-binary", "-out", "digest", "public.der")
        let keyPin = "sha256//" + Data(try authority.content("digest")).base64EncodedString()
        for pin in [fingerprint, fingerprint.lowercased(), fingerprint.filter { $0 != ":" }, keyPin] {
            let trust = TLSTrust.pinned(try #require(TLSPin(text: pin)))
            var pair = try TLSPair(
                server, try library.makeClient(trust, identity: nil), time: Timestamp(milliseconds: 0))
            pair.run()
            #expect(pair.client.isOpened, "\(pin)")
            var wrong = try TLSPair(self.server, try library.makeClient(trust, identity: nil), time: now)
            wrong.run()
            let words = try #require(wrong.client.fault?.description)
            #expect(words.hasPrefix("the server is not the pinned one; its fingerprint is "))
        }
        #expect(TLSPin(text: "sha256//AAAA") == nil)
        #expect(TLSPin(text: "00:11") == nil)
    }

    @Test func `the name that a client asks for chooses the certificate`() throws {
        let authority = try CertificateAuthority()
        defer { authority.remove() }
        let server = try library.makeServer([
            try Self.identity("DNS:first.lan", file: "first", by: authority),
            try Self.identity("DNS:second.lan", file: "second", by: authority),
        ])
        let client = try library.makeClient(try Self.trust(in: authority), identity: nil)
        for host in ["first.lan", "second.lan"] {
            var pair = try TLSPair(server, client, host: host, time: now)
            pair.run()
            #expect(pair.client.isOpened, "\(host): \(pair.client.fault?.description ?? "")")
        }
        var other = try TLSPair(server, client, host: "third.lan", time: now)
        other.run()
        #expect(other.client.fault?.description.contains("is for first.lan, not for third.lan") == true)
    }

    @Test func `what speaks no TLS is named`() throws {
        for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}"] {
            var pair = try pair()
            pair.server.machine.receive(Array(text.utf8).span)
            pair.server.attend(at: now)
            #expect(pair.server.fault != nil, "\(text)")
        }
    }

    @Test func `an identity that cannot be used is refused by name`() throws {
        let authority = try CertificateAuthority()
        defer { authority.remove() }
        let good = try Self.identity("DNS:a.lan", file: "a", by: authority)
        let other = try Self.identity("DNS:b.lan", file: "b", by: authority)
        func fault(_ change: (inout TLSIdentity) -> Void) -> String {
            var identity = good
            change(&identity)
            do throws(TLSFault) {
                _ = try library.makeServer([identity])
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(fault { _ in } == "none")
        #expect(fault { $0.key = other.key } == "a: the key is not the certificate's")
        #expect(fault { $0.key = [] } == "a holds no private key in PEM form")
        #expect(fault { $0.certificates = [] } == "a holds no certificate in PEM form")
        #expect(fault { $0.certificates = $0.key } == "a holds no certificate in PEM form")
        #expect(fault { $0.certificates.removeLast(40) }.hasPrefix("a: certificate 1 is damaged: "))
        #expect(fault { $0.key.removeLast(40) }.hasPrefix("a: the private key is damaged or has a passphrase: "))
        #expect(
            fault { $0.certificates += good.certificates.dropLast(40) }.hasPrefix("a: certificate 2 is damaged: "))
    }
}
#endif
