import Bytes
import Crypto
import NATS
import Peers
import Testing

@Suite struct NATSUserCredentialsTests {
    private func read(_ text: String) throws(NATSCredentialsFault) -> NATSUserCredentials {
        try NATSUserCredentials(file: Array(text.utf8))
    }

    private func fault(_ text: String) -> NATSCredentialsFault? {
        do throws(NATSCredentialsFault) {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a file of nsc has a JWT and a seed, whatever its line ends`() throws {
        let file = try NATSOperator().credentials()
        for text in [file, file.split(separator: "\n").joined(separator: "\r\n"), "\n  " + file + "  "] {
            let user = try read(text)
            #expect(user.jwt.map { text.contains($0) } == true)
            #expect(user.publicKey.hasPrefix("U") && user.publicKey.utf8.count == 56)
        }
    }

    @Test func `a seed alone will do`() throws {
        let key = try NATSTestKey(.user)
        for text in [key.seedText, "\(key.seedText)\n", " \(key.seedText) \r\n\(key.publicText)\r\n"] {
            let user = try read(text)
            #expect(user.jwt == nil)
            #expect(user.publicKey == key.publicText)
        }
    }

    @Test func `what is no file of credentials is refused with the reason`() throws {
        let seed = try NATSTestKey(.user).seedText
        let changed = seed.dropLast(5) + (seed.dropLast(4).last == "A" ? "B" : "A") + seed.suffix(4)
        #expect(fault("") == .empty)
        #expect(fault("secret") == .empty)
        #expect(fault(String(seed.dropLast())) == .empty)
        #expect(fault("eyJh.eyJh.AAAA\n") == .withoutSeed)
        #expect(fault("eyJh.eyJh\n\(seed)") == .malformedJWT)
        #expect(fault("eyJh.ey\"h.AAAA\n\(seed)") == .malformedJWT)
        #expect(fault("eyJ" + String(repeating: "a", count: 30_000) + ".a.a\n\(seed)") == .malformedJWT)
        #expect(fault(String(changed)) == .malformedSeed)
        #expect(fault("S" + String(repeating: "1", count: 57)) == .malformedSeed)
        #expect(fault(try NATSTestKey(.account).seedText) == .notOfUser)
        #expect(fault(try NATSTestKey(.operatorKey).seedText) == .notOfUser)
        #expect(fault(String(repeating: " ", count: 64 * 1024 + 1)) == .tooLarge)
    }

    @Test func `every fault has words of its own`() {
        let faults: [NATSCredentialsFault] = [
            .tooLarge, .empty, .withoutSeed, .malformedJWT, .malformedSeed, .notOfUser,
        ]
        #expect(Set(faults.map(\.message)).count == faults.count)
    }

    @Test func `any change of a file is read or refused, and never traps`() throws {
        let file = Array(try NATSOperator().credentials().utf8)
        var refused = 0
        for place in stride(from: 0, to: file.count, by: 3) {
            var changed = file
            changed[place] = changed[place] &+ 0x83
            if (try? NATSUserCredentials(file: changed)) == nil { refused += 1 }
            _ = try? NATSUserCredentials(file: Array(file[..<place]))
        }
        #expect(refused > 20)
    }

    /// CONNECT with a nonce, as the server would check it.
    @Test func `the nonce is signed with the key that CONNECT names`() throws {
        let key = try NATSTestKey(.user)
        var machine = NATSClientMachine()
        machine.receive(Array("INFO {\"headers\":true,\"nonce\":\"abc-123_x\"}\r\n".utf8).span)
        _ = machine.nextEvent()
        var output: [UInt8] = []
        try machine.connect(as: .signed(try read(key.seedText)), name: "n", version: "1", into: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.contains("\"nkey\":\"\(key.publicText)\"") && !text.contains("jwt"))
        #expect(!text.contains(key.seedText))
        let parts = text.split(separator: "\"")
        let place = try #require(parts.firstIndex(of: "sig"))
        let signature = try #require(Base64.decode(parts[place + 2].utf8, as: .url))
        #expect(Ed25519.verify(signature, of: Array("abc-123_x".utf8), publicKey: key.publicKey))
    }
}
