import Bytes
import Crypto
import Domain
import JSON

/// The central server's key, with which it signs every command when a station fetches it.
///
/// The signature is made then, and not when the command is queued, because it names the station's epoch. It is kept
/// for as long as the station may ask again.
final class CommandSigner {
    /// The most signatures that one answer has made anew: each takes part of a millisecond.
    static let freshPerAnswerMax = 16
    private static let keptMax = 4_096

    private let key: Ed25519.PrivateKey
    private let seed: [UInt8]
    /// By what was signed but for the data, which follows from it.
    private var kept: [String: String] = [:]

    /// Creates a signer; nil if the seed does not have 32 bytes.
    init?(seed: [UInt8]) {
        guard let key = Ed25519.PrivateKey(seed: seed) else { return nil }
        self.key = key
        self.seed = seed
    }

    /// What belongs into the setting `upstream.command_key` of a member.
    func commandKey(of member: FleetMember) -> CommandKey {
        CommandKey(publicKey: key.publicKey, sealingKey: sealingKey(of: member))
    }

    private func sealingKey(of member: FleetMember) -> [UInt8] {
        CommandKey.sealingKey(seed: seed, member: member.id, tokenDigest: member.tokenDigest)
    }

    /// Whether the signature of a command is there already.
    func hasSigned(_ id: String, for member: FleetMember, epoch: String) -> Bool {
        kept[Self.name(id, member, epoch)] != nil
    }

    private static func name(_ id: String, _ member: FleetMember, _ epoch: String) -> String {
        "\(id) \(member.id) \(epoch) \(member.tokenDigest)"
    }

    /// Writes a command as it is sent to a member.
    ///
    /// - Parameter epoch: the member's.
    func write(_ command: FleetCommand, for member: FleetMember, epoch: String, into writer: inout JSONWriter) {
        let data = sealed(command.data, id: command.id, for: member).encoded()
        let name = Self.name(command.id, member, epoch)
        let signature = kept[name] ?? signature(command.id, command.kind, data, member, epoch)
        if kept.count >= Self.keptMax { kept.removeAll(keepingCapacity: true) }
        kept[name] = signature
        writer.beginObject()
        writer.member("id", command.id)
        writer.member("number", command.number)
        writer.member("type", command.kind.rawValue)
        writer.member("time", command.at)
        writer.key("data")
        writer.raw(data[...])
        writer.member("signature", signature)
        writer.endObject()
    }

    /// A signed command that is not queued here, to be brought to the station in another way.
    ///
    /// - Parameter epoch: the member's.
    func signed(
        _ id: String, _ kind: FleetCommand.Kind, _ data: JSONObject, for member: FleetMember, epoch: String
    ) -> [UInt8] {
        let data = sealed(data, id: id, for: member).encoded()
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("type", kind.rawValue)
        writer.key("data")
        writer.raw(data[...])
        writer.member("signature", signature(id, kind, data, member, epoch))
        writer.endObject()
        return writer.bytes
    }

    private func signature(
        _ id: String, _ kind: FleetCommand.Kind, _ data: [UInt8], _ member: FleetMember, _ epoch: String
    ) -> String {
        Hex.encode(
            key.sign(
                CommandText.bytes(station: Int64(member.id), epoch: epoch, id: id, type: kind.rawValue, data: data)))
    }

    /// The data with the password hash sealed, if it has one.
    private func sealed(_ data: JSONObject, id: String, for member: FleetMember) -> JSONValue {
        guard let hash = data["password_hash"]?.stringValue else { return .object(data) }
        var sealed = data
        sealed.removeValue(forKey: "password_hash")
        sealed["sealed_password_hash"] = .string(
            SealedText.seal(Array(hash.utf8), id: id, key: sealingKey(of: member)))
        return .object(sealed)
    }
}
