import Bytes
import Platform
import Store
import TLS

/// What `stationd check` says about the certificates of a data directory. It judges files, not dates: a certificate
/// that has expired is no damage.
enum CertificateCheck {
    /// - Parameter library: nil in a build without TLS, which looks at names only.
    static func findings(
        _ disk: any Disk, _ library: (any CertificateLibrary)?, isInUse: Bool, at now: Timestamp
    ) throws(DiskError) -> [Finding] {
        var findings = try strangers(disk, isInUse: isInUse)
        guard let library else { return findings }
        let files = CertificateFiles(disk: disk)
        var key: (key: [UInt8], fingerprint: [UInt8]) = ([], [])
        findings += examine(CertificateFiles.key, files) { (text) throws(TLSFault) in
            key = (text, try library.publicKeyFingerprint(ofKey: text, from: CertificateFiles.key))
        }
        findings += examine(CertificateFiles.own, files) { (text) throws(TLSFault) in
            guard let certificate = try library.certificates(in: text, from: CertificateFiles.own).first else {
                throw TLSFault("holds no certificate in PEM form")
            }
            guard key.fingerprint.isEmpty || certificate.publicKeyFingerprint == key.fingerprint else {
                throw TLSFault("it is not for the key in \(CertificateFiles.key)")
            }
        }
        findings += examine(CertificateFiles.installed, files) { (text) throws(TLSFault) in
            let installed = try InstalledCertificate(
                text, ownKey: key, from: CertificateFiles.installed, library, at: now)
            if let fault = installed.chain.keyFault { throw TLSFault(fault) }
        }
        return findings
    }

    /// The files that the station does not know. Temporary ones are written at this moment, or were interrupted.
    private static func strangers(_ disk: any Disk, isInUse: Bool) throws(DiskError) -> [Finding] {
        let folder = StorePath.certificates
        guard try disk.list("").contains(folder) else { return [] }
        let names: [String]
        do {
            names = try disk.list(folder)
        } catch {
            return [Finding(.damage, file: folder, problem: "\(error.number)")]
        }
        var findings: [Finding] = []
        for path in names.sorted().map({ "\(folder)/\($0)" }) where !CertificateFiles.all.contains(path) {
            if !path.hasSuffix(StorePath.temporarySuffix) {
                findings.append(Finding(.warning, file: path, problem: "not a file of the station"))
            } else if !isInUse {
                findings.append(Finding(.note, file: path, problem: "left by an interrupted write"))
            }
        }
        return findings
    }

    /// Reads a file, if it is there, and lets `body` look at it.
    private static func examine(
        _ path: String, _ files: CertificateFiles, _ body: ([UInt8]) throws(TLSFault) -> Void
    ) -> [Finding] {
        do throws(DiskError) {
            guard let text = try files.read(path) else { return [] }
            do throws(TLSFault) {
                try body(text)
            } catch {
                return [Finding(.damage, file: path, problem: error.clause(about: path))]
            }
        } catch {
            return [Finding(.damage, file: path, problem: "\(error.number)")]
        }
        return []
    }
}
