import Bytes
import Crypto
import Testing

/// SHA-512 and Ed25519, whose only user of the hash is the signature.
@Suite struct Ed25519Tests {
    /// The examples of FIPS 180-4, and lengths around the padding (computed with OpenSSL).
    @Test func `SHA-512 hashes match the published ones`() {
        let table: [(String, Int, String)] = [
            (
                "", 1,
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                    + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            ),
            (
                "abc", 1,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
            (
                "a", 111,
                "fa9121c7b32b9e01733d034cfc78cbf67f926c7ed83e82200ef8681819692176"
                    + "0b4beff48404df811b953828274461673c68d04e297b0eb7b2b4d60fc6b566a2"
            ),
            (
                "a", 112,
                "c01d080efd492776a1c43bd23dd99d0a2e626d481e16782e75d54c2503b5dc32"
                    + "bd05f0f1ba33e568b88fd2d970929b719ecbb152f58f130a407c8830604b70ca"
            ),
            (
                "a", 127,
                "828613968b501dc00a97e08c73b118aa8876c26b8aac93df128502ab360f91ba"
                    + "b50a51e088769a5c1eff4782ace147dce3642554199876374291f5d921629502"
            ),
            (
                "a", 128,
                "b73d1929aa615934e61a871596b3f3b33359f42b8175602e89f7e06e5f658a24"
                    + "3667807ed300314b95cacdd579f3e33abdfbe351909519a846d465c59582f321"
            ),
            (
                "a", 129,
                "4f681e0bd53cda4b5a2041cc8a06f2eabde44fb16c951fbd5b87702f07aeab61"
                    + "1565b19c47fde30587177ebb852e3971bbd8d3fd30da18d71037dfbd98420429"
            ),
            (
                "a", 239,
                "52c853cb8d907f3d4d6b889beb027985d7c273486d75f8baf26f80d24e90c74c"
                    + "6c3de3e22131582380a7d14d43f2941a31385439cd6ddc469f628015e50bf286"
            ),
            (
                "a", 240,
                "4c296d90c61052a62ffb1dd196f1b7b09373b1f93e71836baebf89690546b759"
                    + "5684dbe9467a8e484fa0d1094272b4344a7c24f5fee8daedeb0bf549c985ab5f"
            ),
            (
                "a", 1000,
                "67ba5535a46e3f86dbfbed8cbbaf0125c76ed549ff8b0b9e03e0c88cf90fa634"
                    + "fa7b12b47d77b694de488ace8d9a65967dc96df599727d3292a8d9d447709c97"
            ),
        ]
        for (part, count, hash) in table {
            let message = Array(String(repeating: part, count: count).utf8)
            #expect(Hex.encode(SHA512.hash(message)) == hash, "\(part) \(count) times")
        }
    }

    /// A test vector of RFC 8032, section 7.1.
    struct Vector: Sendable {
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
    }

    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        Vector(
            seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
                + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
    ]

    private static func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex.utf8)) }

    @Test(arguments: vectors)
    func `keys and signatures match RFC 8032`(_ vector: Vector) throws {
        let key = try #require(Ed25519.PrivateKey(seed: try Self.bytes(vector.seed)))
        let message = try Self.bytes(vector.message)
        #expect(Hex.encode(key.publicKey) == vector.publicKey)
        #expect(Hex.encode(key.sign(message)) == vector.signature)
        #expect(Ed25519.verify(try Self.bytes(vector.signature), of: message, publicKey: key.publicKey))
    }

    /// Seeds, messages and signatures chain: each signature is the next seed and message. OpenSSL gives the same end.
    @Test func `a chain of signatures ends where OpenSSL's does`() throws {
        var seed = [UInt8](repeating: 7, count: 32)
        var message: [UInt8] = []
        for _ in 0..<20 {
            let key = try #require(Ed25519.PrivateKey(seed: seed))
            let signature = key.sign(message)
            #expect(Ed25519.verify(signature, of: message, publicKey: key.publicKey))
            seed = Array(signature[32...])
            message += signature
        }
        #expect(
            Hex.encode(seed) == "881aa12d799117e2f64c83cf7ea40f3233edd400be48ba1711d55141cba9d40a")
    }

    @Test func `a signature of anything else is refused`() throws {
        let vector = Self.vectors[2]
        let (signature, message) = (try Self.bytes(vector.signature), try Self.bytes(vector.message))
        let publicKey = try Self.bytes(vector.publicKey)
        for place in stride(from: 0, to: 64, by: 5) {
            var changed = signature
            changed[place] ^= 0x10
            #expect(!Ed25519.verify(changed, of: message, publicKey: publicKey), "byte \(place)")
        }
        #expect(!Ed25519.verify(signature, of: message + [0], publicKey: publicKey))
        #expect(!Ed25519.verify(signature, of: message, publicKey: try Self.bytes(Self.vectors[1].publicKey)))
        #expect(!Ed25519.verify(signature.dropLast(), of: message, publicKey: publicKey))
        #expect(!Ed25519.verify(signature, of: message, publicKey: publicKey.dropLast()))
    }

    /// The same signature with the order of the group added to its scalar (RFC 8032, section 5.1.7).
    @Test func `a scalar beyond the order of the group is refused`() throws {
        let vector = Self.vectors[0]
        var signature = try Self.bytes(vector.signature)
        let order = try Self.bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var carry = 0
        for place in 0..<32 {
            let sum = Int(signature[32 + place]) + Int(order[place]) + carry
            signature[32 + place] = UInt8(sum & 255)
            carry = sum >> 8
        }
        #expect(carry == 0)
        #expect(!Ed25519.verify(signature, of: [], publicKey: try Self.bytes(vector.publicKey)))
    }

    @Test func `what is no point is no key`() throws {
        let signature = try Self.bytes(Self.vectors[0].signature)
        let keys = [
            // No point of the curve has this y.
            "0200000000000000000000000000000000000000000000000000000000000000",
            // Negative zero, and numbers from 2^255 - 19 on.
            "0100000000000000000000000000000000000000000000000000000000000080",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ]
        for key in keys { #expect(!Ed25519.verify(signature, of: [], publicKey: try Self.bytes(key)), "\(key)") }
    }

    @Test func `a seed of another length is no key`() {
        #expect(Ed25519.PrivateKey(seed: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(Ed25519.PrivateKey(seed: []) == nil)
    }
}
