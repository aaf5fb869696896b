import Bytes
import JSON
import Testing

@testable import Domain
@testable import Server

/// Which commands a station believes.
@Suite struct CommandTrustTests {
    private static let seed = [UInt8](0..<32)
    private static let token = String(repeating: "ab", count: 32)

    private static func member(_ id: Identifier, token: String = token) throws -> FleetMember {
        let change = FleetChange.stationAdded(id, name: nil, tokenDigest: token)
        let event = Event(sequence: 1, at: Timestamp(milliseconds: 0), by: .operator, change: .fleet(change))
        return try #require(FleetMember(madeBy: event, id: id))
    }

    private static func trust(_ key: CommandKey?, station: Int64 = 7, epoch: String = "abc123") -> CommandTrust {
        CommandTrust(keys: key.map { [$0] } ?? [], stationID: station, epoch: epoch)
    }

    private static func reason(_ verdict: CommandTrust.Verdict) -> String? {
        if case .distrusted(let distrust) = verdict { distrust.reason } else { nil }
    }

    private static func command(_ verdict: CommandTrust.Verdict) -> CentralCommand? {
        if case .trusted(let command) = verdict { command } else { nil }
    }

    /// Why a command that is believed is refused nevertheless.
    private static func refusal(_ verdict: CommandTrust.Verdict) -> String? {
        guard case .failure(let refusal)? = command(verdict)?.task else { return nil }
        return refusal.sentences.first
    }

    /// OpenSSL has made this signature: `openssl pkeyutl -sign -rawin` with the seed 00 01 … 1f, of
    ///
    ///     stationd command 1
    ///     7
    ///     abc123
    ///     c-17
    ///     ticket.close
    ///     {"support_id":17,"response":"Latch replaced"}
    @Test func `a signature of another program fits`() throws {
        let key = try #require(CommandKey("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"))
        let signature =
            "e5a0c7586fb6305826f86efd0dbf68ea974b011e4fdb2c7b19f9e20879831211517befe96368072038f634234a7784f4"
            + "a59665b77a83b3029b673c78a1b8bf00"
        let text =
            #"{"time":"any","id":"c-17","type":"ticket.close","#
            + #""data": {"support_id":17,"response":"Latch replaced"},"signature":"\#(signature)"}"#
        let command = try #require(Self.command(Self.trust(key).judge(Array(text.utf8))))
        #expect(command.reference == CommandReference(id: "c-17", number: 17, epoch: "c"))
        let spaced = text.replacing(#"{"support_id":17,"#, with: #"{"support_id": 17,"#)
        #expect(Self.reason(Self.trust(key).judge(Array(spaced.utf8)))?.contains("does not fit") == true)
    }

    @Test func `a seal of another program opens`() {
        let sealed = "3c7ab64ced3fe54ef14dc5fa9c8c71b9b70e8570f5929d1624eb10d6aedbe8b9"
        let key = [UInt8](repeating: 3, count: 32)
        #expect(SealedText.open(sealed, id: "c-17", key: key) == Array("$y$j9T$salt$hash".utf8))
        #expect(SealedText.seal(Array("$y$j9T$salt$hash".utf8), id: "c-17", key: key) == sealed)
        #expect(SealedText.open(sealed, id: "c-18", key: key) == nil)
        #expect(SealedText.open(sealed, id: "c-17", key: [UInt8](repeating: 4, count: 32)) == nil)
        for damaged in ["", "3c", "x", String(sealed.dropLast(2)), String(repeating: "0", count: 5_000)] {
            #expect(SealedText.open(damaged, id: "c-17", key: key) == nil)
        }
    }

    @Test func `a long text is sealed whole`() {
        let key = [UInt8](repeating: 9, count: 32)
        for count in [0, 1, 31, 32, 33, 64, 200, 512] {
            let text = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(SealedText.open(SealedText.seal(text, id: "c-1", key: key), id: "c-1", key: key) == text)
        }
    }

    @Test func `whatever is changed, the command is not believed`() throws {
        let signer = try #require(CommandSigner(seed: Self.seed))
        let member = try Self.member(7)
        let key = signer.commandKey(of: member)
        let data: JSONObject = ["support_id": 17]
        let good = signer.signed("c-1", .ticketClose, data, for: member, epoch: "abc123")
        #expect(Self.command(Self.trust(key).judge(good)) != nil)
        let text = String(decoding: good, as: UTF8.self)
        let changes = [
            ("17", "18"), ("c-1", "c-2"), ("c-1", "d-1"), ("ticket.close", "ticket.delete"),
            (#""signature":""#, #""s":""#),
            (#""signature":""#, #""signature":"00"#), (#"{"support_id":17}"#, "[]"), (#""data""#, #""date""#),
            ("c-1", "c-01"), ("c-1", "c-1\\n7"),
        ]
        for (from, to) in changes {
            let changed = Array(text.replacing(from, with: to).utf8)
            #expect(changed != good && Self.reason(Self.trust(key).judge(changed)) != nil, "\(from) to \(to)")
        }
        // What comes twice is read from the bytes that were signed.
        let twice = text.replacing(#""signature""#, with: #""d\u0061ta":{"support_id":18},"signature""#)
        #expect(Self.command(Self.trust(key).judge(Array(twice.utf8))) == nil)
        for (station, epoch) in [(Int64(8), "abc123"), (7, "abc124"), (71, "abc123")] {
            #expect(Self.reason(Self.trust(key, station: station, epoch: epoch).judge(good)) != nil)
        }
        #expect(Self.reason(Self.trust(nil).judge(good))?.contains("command-key 7") == true)
        let other = try #require(CommandSigner(seed: [UInt8](repeating: 1, count: 32)))
        #expect(Self.reason(Self.trust(other.commandKey(of: member)).judge(good)) != nil)
        for nonsense in ["", "[]", "{}", "null", #"{"id":5}"#, #"{"id":"c-1","type":"x y","data":{}}"#] {
            #expect(Self.reason(Self.trust(key).judge(Array(nonsense.utf8))) != nil, "\(nonsense)")
        }
    }

    @Test func `during a change of keys both are believed`() throws {
        let signers = try [1, 2].map { try #require(CommandSigner(seed: [UInt8](repeating: $0, count: 32))) }
        let member = try Self.member(7)
        let trust = CommandTrust(
            keys: signers.map { $0.commandKey(of: member) }, stationID: 7, epoch: "e")
        for signer in signers {
            let command = signer.signed("c-1", .ticketClose, ["support_id": 1], for: member, epoch: "e")
            #expect(Self.command(trust.judge(command)) != nil)
        }
    }

    @Test func `a password hash travels sealed, for one station and its present token`() throws {
        let signer = try #require(CommandSigner(seed: Self.seed))
        let member = try Self.member(7)
        let hash = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" + String(repeating: "x", count: 43)
        let data: JSONObject = ["email": "a@b.cd", "username": "a", "password_hash": .string(hash)]
        let command = signer.signed("c-1", .userUpsert, data, for: member, epoch: "abc123")
        #expect(!String(decoding: command, as: UTF8.self).contains("$y$"))
        let opened = try #require(Self.command(Self.trust(signer.commandKey(of: member)).judge(command)))
        guard case .success(.upsertUser(let body, let found)) = opened.task else {
            Issue.record("\(opened.task)")
            return
        }
        #expect(found == hash && body["sealed_password_hash"] == nil && body["email"] == "a@b.cd")
        // The public key alone verifies, and opens nothing.
        let keys = [
            CommandKey(publicKey: signer.commandKey(of: member).publicKey, sealingKey: nil),
            signer.commandKey(of: try Self.member(7, token: String(repeating: "cd", count: 32))),
            signer.commandKey(of: try Self.member(8)),
        ]
        for key in keys {
            #expect(Self.refusal(Self.trust(key).judge(command))?.contains("password") == true)
        }
        #expect(CommandKey(seed: Self.seed, member: 7, tokenDigest: Self.token) == signer.commandKey(of: member))
    }

    @Test func `a password hash in the clear is refused`() throws {
        let key = try #require(CommandKey("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"))
        let signer = try #require(CommandSigner(seed: Self.seed))
        // As somebody else might write it: the signer here seals what it finds under the usual name.
        let data: JSONObject = ["email": "a@b.cd", "password_hash": nil]
        let command = signer.signed("c-1", .userUpsert, data, for: try Self.member(7), epoch: "abc123")
        #expect(Self.refusal(Self.trust(key).judge(command))?.contains("in the clear") == true)
    }

    @Test func `a key is 64 or 128 digits`() {
        let digits = String(repeating: "0f", count: 32)
        #expect(CommandKey(digits)?.text == digits && CommandKey(digits + digits)?.text == digits + digits)
        #expect(CommandKey(digits.uppercased())?.text == digits)
        for text in ["", "0f", digits + "0f", digits + digits + digits, String(repeating: "0g", count: 32)] {
            #expect(CommandKey(text) == nil)
        }
    }
}
