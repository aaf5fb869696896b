import Linux
import Platform
import Store
import TLS

/// The certificates in a data directory.
///
///     tls/key.pem             the station's private key, mode 0600
///     tls/certificate.pem     the certificate that the station has made for itself
///     tls/installed.pem       a certificate of an authority with its chain, mode 0600; its private key stands before
///                             it if that is not the station's
///
/// Each is replaced whole. That is why an installed certificate and its key are one file.
struct CertificateFiles {
    static let key = "\(StorePath.certificates)/key.pem"
    static let own = "\(StorePath.certificates)/certificate.pem"
    static let installed = "\(StorePath.certificates)/installed.pem"
    /// All of them.
    static let all = [key, own, installed]
    /// No chain or key is longer, in bytes.
    static let bytesMax = 256 * 1024

    let disk: any Disk

    /// The bytes of a file; nil if it is missing. An error of the device may pass, so it is tried twice.
    func read(_ path: String) throws(DiskError) -> [UInt8]? {
        for isLast in [false, true] {
            do throws(DiskError) {
                return try disk.contents(of: path, countMax: Self.bytesMax)
            } catch {
                if error.number == .noSuchFile { return nil }
                guard error.number == .inputOutput, !isLast else { throw error }
            }
        }
        return nil
    }

    /// Replaces a file, durable on return.
    func write(_ path: String, _ bytes: [UInt8], mode: DiskMode) throws(DiskError) {
        try disk.makeDirectory(StorePath.certificates)
        try disk.synchronizeDirectory("")
        try disk.replace(path, with: bytes, mode: mode)
        try disk.synchronizeDirectory(StorePath.certificates)
    }

    /// Whether a text holds a private key besides certificates.
    static func hasKey(_ text: [UInt8]) -> Bool { String(decoding: text, as: UTF8.self).contains("PRIVATE KEY-----") }
}

extension TLSFault {
    /// What is wrong with a file, for a finding that has the file's path already.
    func clause(about path: String) -> String {
        for start in ["\(path): ", "\(path) "] where description.hasPrefix(start) {
            return String(description.dropFirst(start.count))
        }
        return description
    }
}
