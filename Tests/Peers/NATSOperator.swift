import Bytes
import Crypto
import Foundation

/// A key of NATS in the text forms that `nk` prints.
public struct NATSTestKey {
    /// What a key belongs to, with the prefix of its public form.
    public enum Role: UInt8 {
        case user = 160
        case account = 0
        case operatorKey = 112
    }

    private let role: Role
    private let seed: [UInt8]
    private let key: Ed25519.PrivateKey

    /// Makes a key.
    public init(_ role: Role) throws {
        self.role = role
        seed = (0..<32).map { _ in UInt8.random(in: 0...255) }
        guard let key = Ed25519.PrivateKey(seed: seed) else { throw PeerFault("no key") }
        self.key = key
    }

    /// The public key.
    public var publicKey: [UInt8] { key.publicKey }

    /// `U…`, `A…` or `O…`.
    public var publicText: String { Self.text([role.rawValue] + key.publicKey) }

    /// `SU…`, `SA…` or `SO…`.
    public var seedText: String { Self.text([144 | role.rawValue >> 5, (role.rawValue & 31) << 3] + seed) }

    /// A JWT that this key has signed.
    ///
    /// - Parameters:
    ///   - subject: the public key that it is about.
    ///   - nats: the member `nats` of its claims.
    public func token(about subject: String, named name: String, nats: String) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims = """
            {"jti":"\(UUID())","iat":\(now),"iss":"\(publicText)","name":"\(name)","sub":"\(subject)","nats":\(nats)}
            """
        let parts = [#"{"typ":"JWT","alg":"ed25519-nkey"}"#, claims]
        let signed = parts.map { Base64.encode(Array($0.utf8), as: .url) as String }.joined(separator: ".")
        return signed + "." + Base64.encode(key.sign(Array(signed.utf8)), as: .url)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        var sum: UInt16 = 0
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        let whole = bytes + [UInt8(sum & 255), UInt8(sum >> 8)]
        var bits = whole.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while bits.count % 5 != 0 { bits.append(0) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return String(
            stride(from: 0, to: bits.count, by: 5).map { place in
                alphabet[bits[place..<place + 5].reduce(0) { $0 << 1 | Int($1) }]
            })
    }
}

/// An operator with one account: what `nsc` keeps, made anew for a test.
public struct NATSOperator {
    private static let unlimited = """
        "limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1,\
        "mem_storage":-1,"disk_storage":-1,"streams":-1,"consumer":-1},"type":"account","version":2
        """

    private let account: NATSTestKey
    /// The lines of a server's configuration that make it trust the operator and know the account.
    public let settings: String

    /// Makes an operator and an account.
    public init() throws {
        let key = try NATSTestKey(.operatorKey)
        let (system, account) = (try NATSTestKey(.account), try NATSTestKey(.account))
        self.account = account
        let operatorToken = key.token(about: key.publicText, named: "O", nats: #"{"type":"operator","version":2}"#)
        func token(_ account: NATSTestKey, _ name: String, _ nats: String) -> String {
            "\(account.publicText): \(key.token(about: account.publicText, named: name, nats: nats))"
        }
        settings = """
            operator: \(operatorToken)
            system_account: \(system.publicText)
            resolver: MEMORY
            resolver_preload: {
                \(token(system, "SYS", #"{"type":"account","version":2}"#))
                \(token(account, "FLEET", "{\(Self.unlimited)}"))
            }
            """
    }

    /// The file of a new user, as `nsc` writes it.
    public func credentials() throws -> String {
        let user = try NATSTestKey(.user)
        let token = account.token(
            about: user.publicText, named: "station",
            nats: #"{"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2}"#)
        return """
            -----BEGIN NATS USER JWT-----
            \(token)
            ------END NATS USER JWT------

            ************************* IMPORTANT *************************
            NKEY Seed printed below can be used to sign and prove identity.
            NKEYs are sensitive and should be treated as secrets.

            -----BEGIN USER NKEY SEED-----
            \(user.seedText)
            ------END USER NKEY SEED------

            *************************************************************

            """
    }
}
