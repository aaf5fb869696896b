import Bytes
import Glibc
import Linux
import Platform
import Server
import Store

/// The secret that signs tokens, as it stands in its file.
///
/// The station's own file, in the data directory, has one form: 64 hexadecimal digits and LF. Anything else is damage:
/// it is moved to quarantine and a new secret is made, after which everybody signs in again. A file that is shared with
/// other services, at an absolute path, has at least 32 bytes of printable text and perhaps a line end. It is refused
/// otherwise, and never replaced.
struct JWTSecret {
    /// The size of the hash's output, in bytes (RFC 7518, section 3.2).
    private static let bytesMin = 32
    private static let fileBytesMax = OwnSecretFile.fileBytesMax

    let bytes: [UInt8]
    private(set) var findings: [Finding] = []

    /// Reads the secret. If it is the station's own and not there yet, or damaged, this makes a new one.
    init(_ configuration: Configuration, _ disk: LinuxDisk) throws(CommandFailure) {
        if configuration.isJWTSecretOurs {
            (bytes, findings) = try OwnSecretFile(
                name: configuration.jwtSecretFile, path: configuration.jwtSecretPath,
                consequence: "everybody must sign in again"
            ).read(disk)
        } else {
            bytes = try Self.shared(configuration.jwtSecretPath)
        }
        if let warning = Self.warning(ofModeOf: configuration.jwtSecretPath) { findings.append(warning) }
    }

    private static func shared(_ path: String) throws(CommandFailure) -> [UInt8] {
        let text: [UInt8]?
        do {
            text = try StandardStreams.readFile(path, bytesMax: fileBytesMax)
        } catch {
            throw CommandFailure(.configuration, "jwt.secret_file: \(path): \(error)")
        }
        guard let text else {
            throw CommandFailure(.configuration, "jwt.secret_file: \(path) is longer than \(fileBytesMax) bytes")
        }
        guard let secret = sharedSecret(text) else {
            throw CommandFailure(
                .configuration, "jwt.secret_file: \(path) must have at least \(bytesMin) bytes of printable text")
        }
        return secret
    }

    /// The secret in a file that other services use too: the text without the line end, LF or CR LF, that an editor
    /// adds. Nil if it is too short or not printable.
    static func sharedSecret(_ text: [UInt8]) -> [UInt8]? {
        var secret = text
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        guard secret.count >= bytesMin, let characters = String(validating: secret, as: UTF8.self),
            characters.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        return secret
    }

    /// A process that can read the secret can sign in as anyone.
    private static func warning(ofModeOf path: String) -> Finding? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & 0o007 != 0 else { return nil }
        return Finding(
            .warning, file: path,
            problem: "every user of this machine can use the secret that signs tokens: run `chmod o= \(path)`")
    }
}

/// Names and secrets from the kernel's random numbers (getrandom(2)).
enum Random {
    /// That number of random bytes, as lowercase hexadecimal digits.
    static func hex(bytes count: Int) -> String {
        var random = SystemRandomNumberGenerator()
        return Hex.encode((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }
}
