import Bytes
import Glibc
import Linux
import Platform
import Server
import Store

/// The secret that signs tokens: the bytes of a file, at least 32, without the line end that an editor adds.
enum JWTSecret {
    /// The size of the hash's output, in bytes (RFC 7518, section 3.2).
    static let bytesMin = 32
    private static let fileBytesMax = 4096

    /// Reads the secret. If it is the station's own and not there yet, this creates it.
    static func read(_ configuration: Configuration, _ disk: LinuxDisk) throws(CommandFailure) -> [UInt8] {
        let path = configuration.jwtSecretPath
        let bytes = configuration.isJWTSecretOurs ? try own(configuration, disk) : try shared(path)
        let secret = trimmed(bytes)
        guard secret.count >= bytesMin else {
            throw CommandFailure(
                .configuration, "\(path): the secret has \(secret.count) bytes but needs at least \(bytesMin)")
        }
        return secret
    }

    /// `bytes` without one line end, LF or CR LF.
    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var secret = bytes
        if secret.last == 0x0A { secret.removeLast() }
        if secret.last == 0x0D { secret.removeLast() }
        return secret
    }

    private static func own(_ configuration: Configuration, _ disk: LinuxDisk) throws(CommandFailure) -> [UInt8] {
        let name = configuration.jwtSecretFile
        do throws(DiskError) {
            do throws(DiskError) {
                return try disk.contents(of: name, countMax: fileBytesMax)
            } catch {
                guard error.number == .noSuchFile else { throw error }
            }
            let text = Array(Random.hex(bytes: bytesMin).utf8) + [0x0A]
            try disk.replace(name, with: text, mode: .secret)
            try disk.synchronizeDirectory("")
            return text
        } catch {
            throw CommandFailure(.cannotCreate, "\(configuration.jwtSecretPath): \(error.number)")
        }
    }

    private static func shared(_ path: String) throws(CommandFailure) -> [UInt8] {
        do {
            if let bytes = try StandardStreams.readFile(path, bytesMax: fileBytesMax) { return bytes }
        } catch {
            throw CommandFailure(.configuration, "jwt.secret_file: \(path): \(error)")
        }
        throw CommandFailure(.configuration, "jwt.secret_file: \(path) is longer than \(fileBytesMax) bytes")
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
