import Bytes
import Crypto
import Foundation
import JSON

/// Signs commands as a program that we did not write would: by what the pages say.
struct CommandAuthority {
    private let key: Ed25519.PrivateKey

    init(seed: UInt8 = 9) throws {
        guard let key = Ed25519.PrivateKey(seed: [UInt8](repeating: seed, count: 32)) else {
            throw HarnessFault("the seed has the wrong size")
        }
        self.key = key
    }

    /// The value of `upstream.command_key`.
    var commandKey: JSONValue { .string(Hex.encode(key.publicKey)) }

    /// A signed command.
    func command(
        _ id: String, _ type: String, _ data: JSONValue, station: Int64 = 7, epoch: String
    ) -> String {
        let data = data.text
        let text = "stationd command 1\n\(station)\n\(epoch)\n\(id)\n\(type)\n\(data)"
        let signature = Hex.encode(key.sign(Array(text.utf8)))
        return #"{"id":"\#(id)","type":"\#(type)","data":\#(data),"signature":"\#(signature)"}"#
    }
}

extension StationProcess {
    /// The epoch of the data directory, by its file.
    func epoch() throws -> String {
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(data)/station.json"))
        guard let epoch = try JSONParser.parse(Array(text))["epoch"]?.stringValue else {
            throw HarnessFault("station.json has no epoch")
        }
        return epoch
    }
}
