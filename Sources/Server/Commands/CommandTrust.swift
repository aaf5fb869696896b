import Bytes
import Crypto
import Domain
import JSON
import Store

/// Tells the central server's commands from what anybody else says: by their signatures, made for this station and its
/// epoch. The broker or the line that brings them need not be trusted.
///
/// Without a key there is no telling, so nothing is trusted.
struct CommandTrust {
    /// A command whose signature fits, or why the sender is not believed.
    enum Verdict {
        case trusted(CentralCommand)
        case distrusted(Distrust)
    }

    /// A command that is not known to be the central server's.
    struct Distrust {
        /// The identity that it claims; nil if it has no usable one.
        let id: String?
        /// The type that it claims.
        let name: String
        let reason: String
    }

    let keys: [CommandKey]
    let stationID: Int64
    let epoch: String

    /// Judges a command as it came. It is read from the very bytes that were signed.
    func judge(_ json: [UInt8]) -> Verdict {
        let value = (try? JSONParser.parse(forgiving: json)) ?? .null
        let id = value["id"]?.stringValue.flatMap(CentralCommand.usable)
        let name = value["type"]?.stringValue.flatMap(CentralCommand.usable)
        func distrusted(_ reason: String) -> Verdict {
            .distrusted(Distrust(id: id, name: name ?? "unknown", reason: reason))
        }
        guard !keys.isEmpty else {
            return distrusted(
                "This station has no upstream.command_key, without which it carries out no command: set it to what "
                    + "`stationd central command-key \(stationID)` prints at the central server")
        }
        guard let id, let name, let number = NotificationID(id), StationFile.isValid(epoch: number.epoch) else {
            return distrusted("The command has no id of an epoch, a hyphen and a number, or no type")
        }
        guard let data = json.member("data") else { return distrusted("The command has no data") }
        guard let text = value["signature"]?.stringValue, let signature = Hex.decode(text.utf8) else {
            return distrusted("The command is not signed")
        }
        let signed = CommandText.bytes(station: stationID, epoch: epoch, id: id, type: name, data: data)
        guard let key = keys.first(where: { Ed25519.verify(signature, of: signed, publicKey: $0.publicKey) }) else {
            return distrusted(
                "The command's signature does not fit: it is for another station or an earlier epoch of this one, made "
                    + "with another key than upstream.command_key, or somebody has changed the command")
        }
        let reference = CommandReference(id: id, number: number.sequence, epoch: number.epoch)
        do throws(Refusal) {
            return .trusted(try command(reference, name, Array(data), key))
        } catch {
            return .trusted(CentralCommand(reference, name: name, refusal: error))
        }
    }

    private func command(
        _ reference: CommandReference, _ name: String, _ text: [UInt8], _ key: CommandKey
    ) throws(Refusal) -> CentralCommand {
        var data = (try? JSONParser.parse(forgiving: text)) ?? .null
        if var object = data.objectValue {
            guard object["password_hash"] == nil else {
                throw .badRequest("A password hash must not travel in the clear: send sealed_password_hash")
            }
            if let sealed = object.removeValue(forKey: "sealed_password_hash") {
                object["password_hash"] = .string(try open(sealed, of: reference, key))
            }
            data = .object(object)
        }
        let command: JSONValue = ["id": .string(reference.id), "type": .string(name), "data": data]
        return CentralCommand(json: command.encoded(), number: reference.number, epoch: reference.epoch)
    }

    private func open(
        _ sealed: JSONValue, of reference: CommandReference, _ key: CommandKey
    ) throws(Refusal) -> String {
        guard let sealingKey = key.sealingKey else {
            throw .badRequest("upstream.command_key is too short to open a password hash: it needs 128 digits for that")
        }
        guard let text = sealed.stringValue,
            let opened = SealedText.open(text, id: reference.id, key: sealingKey)
        else {
            throw .badRequest(
                "sealed_password_hash was not sealed for this command and station: is upstream.command_key what "
                    + "`stationd central command-key \(stationID)` prints now?")
        }
        return String(decoding: opened, as: UTF8.self)
    }
}

extension [UInt8] {
    /// The value of the member `name` of the object that these bytes spell; nil if there is none, or no object.
    fileprivate func member(_ name: StaticString) -> ArraySlice<UInt8>? {
        let bytes = span
        var slicer = JSONSlicer()
        guard slicer.beginObject(in: bytes) else { return nil }
        while let found = slicer.nextMember(in: bytes) {
            guard let value = slicer.value(in: bytes) else { return nil }
            if bytes.holds(name, at: found) { return self[value] }
        }
        return nil
    }
}
