import Bytes
import Glibc
import Linux
import Platform
import Server
import Store

/// A file with a secret that the station makes for itself, in its data directory: 64 hexadecimal digits and LF.
/// Anything else is damage: it is moved to quarantine and a new secret is made.
struct OwnSecretFile {
    /// The size of a secret, in bytes.
    private static let secretBytes = 32
    static let fileBytesMax = 4096

    /// The name below the data directory.
    let name: String
    /// The whole path, for messages.
    let path: String
    /// What follows from another secret, for the finding.
    let consequence: String

    /// Reads the secret, as the digits in its file. If it is not there yet, or damaged, this makes a new one.
    func read(_ disk: LinuxDisk) throws(CommandFailure) -> ([UInt8], [Finding]) {
        do throws(DiskError) {
            var findings: [Finding] = []
            do throws(DiskError) {
                let text = try disk.contents(of: name, countMax: Self.fileBytesMax)
                if let secret = Self.secret(text) { return (secret, []) }
                findings.append(try putAside(disk))
            } catch {
                if error.number == .fileTooLarge {
                    findings.append(try putAside(disk))
                } else if error.number != .noSuchFile {
                    throw error
                }
            }
            let secret = Array(Random.hex(bytes: Self.secretBytes).utf8)
            try disk.replace(name, with: secret + [0x0A], mode: .secret)
            try disk.synchronizeDirectory("")
            return (secret, findings)
        } catch {
            throw CommandFailure(.cannotCreate, "\(path): \(error.number)")
        }
    }

    /// The secret in such a file; nil if the text is not what the station writes there.
    static func secret(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 2 * secretBytes + 1, text.last == 0x0A else { return nil }
        let digits = text.dropLast()
        guard digits.allSatisfy({ $0.isASCIIDigit || (0x61...0x66).contains($0) }) else { return nil }
        return Array(digits)
    }

    private func putAside(_ disk: LinuxDisk) throws(DiskError) -> Finding {
        let newName = try Quarantine(disk: disk).move(name)
        return Finding(
            .damage, file: name, problem: "not a secret as stationd makes it, which is 64 hexadecimal digits and LF",
            action: "kept aside as \(newName), and a new one was made: \(consequence)")
    }
}

/// The file with the private key with which a central server signs commands (Ed25519).
enum CommandKeyFile {
    static let name = "command.key"

    /// The seed of the key, 32 bytes; empty if this is no central server. The first start of a central server makes it.
    static func seed(
        _ configuration: Configuration, _ disk: LinuxDisk
    ) throws(CommandFailure) -> ([UInt8], [Finding]) {
        guard configuration.isCentral else { return ([], []) }
        // Nothing can be made on a read-only file system, where a central server still has its tickets to show.
        if disk.isReadOnly, (try? disk.contents(of: name, countMax: OwnSecretFile.fileBytesMax)) == nil {
            return ([], [])
        }
        let (digits, findings) = try OwnSecretFile(
            name: name, path: "\(configuration.data)/\(name)",
            consequence: "stations carry out no commands until they have the new upstream.command_key"
        ).read(disk)
        return (Hex.decode(digits) ?? [], findings)
    }
}
