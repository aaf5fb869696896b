import Bytes
import Linux
import Platform
import Server
import Store
import TLS

/// The certificates that a station presents: what was installed first, then its own.
///
/// A missing key or certificate of its own is made, and one that is damaged is moved to quarantine before. An installed
/// one is left as it is, since nothing can replace it. Where nothing can be written, what was made is used until the
/// station stops: a full disk shuts nobody out.
struct StationCertificates {
    /// To present: at least the station's own.
    private(set) var identities: [TLSIdentity] = []
    private(set) var findings: [Finding] = []
    /// What was made and what is presented: sentences for the log.
    private(set) var news: [String] = []
    /// Whether a certificate of the station's own was made.
    private(set) var hasMade = false

    private let files: CertificateFiles
    private let library: any CertificateLibrary
    private let now: Timestamp

    /// An installed certificate is reported from this long before its end on, in milliseconds: 30 days.
    private static let warningMillis: Int64 = 30 * 86_400_000

    /// Reads the certificates, and makes or renews what is due.
    ///
    /// - Throws: if the disk fails, or the library.
    static func load(
        _ disk: any Disk, _ library: any CertificateLibrary, _ rules: StationCertificate, now: Timestamp
    ) throws(CommandFailure) -> StationCertificates {
        var certificates = StationCertificates(disk, library, now)
        do throws(DiskError) {
            try certificates.removeLeftovers()
        } catch {
            guard Self.isPassing(error) else { throw CommandFailure(StoreError.disk(error)) }
        }
        let (key, fingerprint) = try certificates.ownKey()
        try certificates.addInstalled(key, fingerprint)
        try certificates.addOwn(key, fingerprint, rules)
        return certificates
    }

    /// The station's key, which is made if it is missing or damaged.
    static func key(
        _ disk: any Disk, _ library: any CertificateLibrary, now: Timestamp
    ) throws(CommandFailure) -> (key: [UInt8], findings: [Finding]) {
        var certificates = StationCertificates(disk, library, now)
        let (key, _) = try certificates.ownKey()
        return (key, certificates.findings)
    }

    private init(_ disk: any Disk, _ library: any CertificateLibrary, _ now: Timestamp) {
        files = CertificateFiles(disk: disk)
        self.library = library
        self.now = now
    }

    /// Removes what an interrupted write has left: it may hold a key.
    private func removeLeftovers() throws(DiskError) {
        for path in CertificateFiles.all { try files.disk.unlinkIfPresent(path + StorePath.temporarySuffix) }
    }

    // MARK: The station's own

    private mutating func ownKey() throws(CommandFailure) -> (key: [UInt8], fingerprint: [UInt8]) {
        let path = CertificateFiles.key
        if let key = try ownFile(path) {
            do {
                return (key, try library.publicKeyFingerprint(ofKey: key, from: path))
            } catch {
                try putAside(
                    path, error.clause(about: path),
                    "a new key was made: clients that have pinned the key must learn it")
            }
        }
        let made: (key: [UInt8], fingerprint: [UInt8])
        do throws(TLSFault) {
            let key = try library.makeKey()
            made = (key, try library.publicKeyFingerprint(ofKey: key, from: path))
        } catch {
            throw CommandFailure(.software, "the station's key cannot be made: \(error)")
        }
        try write(path, made.key, mode: .secret)
        return made
    }

    private mutating func addOwn(
        _ key: [UInt8], _ fingerprint: [UInt8], _ rules: StationCertificate
    ) throws(CommandFailure) {
        let path = CertificateFiles.own
        let (present, reason) = try presentOwn(fingerprint, rules)
        if let present {
            identities.append(TLSIdentity(certificates: present.text, key: key, name: path))
            news.append("The station's own certificate is \(Self.words(present.details))")
            return
        }
        let text: [UInt8]
        let details: CertificateDetails
        do throws(TLSFault) {
            text = try library.makeCertificate(rules.draft(at: now), key: key)
            guard let made = try library.certificates(in: text, from: path).first else {
                throw TLSFault("the library gives none")
            }
            details = made
        } catch {
            throw CommandFailure(.software, "the station's own certificate cannot be made: \(error)")
        }
        try write(path, text, mode: .ordinary)
        identities.append(TLSIdentity(certificates: text, key: key, name: path))
        hasMade = true
        news.append("The station has made its own certificate, since \(reason). It is \(Self.words(details))")
    }

    /// The certificate that is there, or the reason why another one must be made.
    private mutating func presentOwn(
        _ fingerprint: [UInt8], _ rules: StationCertificate
    ) throws(CommandFailure) -> (present: (text: [UInt8], details: CertificateDetails)?, reason: String) {
        let path = CertificateFiles.own
        guard let text = try ownFile(path) else { return (nil, "there was none that could be read") }
        do throws(TLSFault) {
            guard let details = try library.certificates(in: text, from: path).first else {
                throw TLSFault("holds no certificate in PEM form")
            }
            guard details.publicKeyFingerprint == fingerprint else { return (nil, "the old one was for another key") }
            if let reason = rules.reasonToRenew(details, at: now) { return (nil, "of the old one \(reason)") }
            return ((text, details), "")
        } catch {
            try putAside(path, error.clause(about: path), "a new certificate was made")
            return (nil, "the old one was damaged")
        }
    }

    /// The bytes of one of the station's own files. Nil if it is missing, or was damaged and is put aside.
    private mutating func ownFile(_ path: String) throws(CommandFailure) -> [UInt8]? {
        do {
            return try files.read(path)
        } catch {
            guard error.number.isFaultOfTheFile else { throw CommandFailure(StoreError.disk(error)) }
            try putAside(path, "\(error.number)", "a new one was made")
            return nil
        }
    }

    private mutating func putAside(_ path: String, _ problem: String, _ action: String) throws(CommandFailure) {
        do {
            let newPath = try Quarantine(disk: files.disk).move(path)
            findings.append(
                Finding(.damage, file: path, problem: problem, action: "kept aside as \(newPath), and \(action)"))
        } catch {
            guard Self.isPassing(error) else { throw CommandFailure(StoreError.disk(error)) }
            findings.append(Finding(.damage, file: path, problem: problem, action: action))
        }
    }

    private mutating func write(_ path: String, _ bytes: [UInt8], mode: DiskMode) throws(CommandFailure) {
        do {
            try files.write(path, bytes, mode: mode)
        } catch {
            guard Self.isPassing(error) else { throw CommandFailure(StoreError.disk(error)) }
            findings.append(
                Finding(
                    .warning, file: path, problem: "cannot be written: \(error.number)",
                    action: "what was made is used until the station stops, and made anew at the next start"))
        }
    }

    /// Whether a station can be served in spite of this error.
    private static func isPassing(_ error: DiskError) -> Bool {
        error.number.isLackOfSpace || error.number == .readOnlyFileSystem
    }

    // MARK: The installed one

    private mutating func addInstalled(_ ownKey: [UInt8], _ ownFingerprint: [UInt8]) throws(CommandFailure) {
        let path = CertificateFiles.installed
        let text: [UInt8]
        do {
            guard let present = try files.read(path) else { return }
            text = present
        } catch {
            guard error.number.isFaultOfTheFile else { throw CommandFailure(StoreError.disk(error)) }
            return refuseInstalled("\(error.number)")
        }
        do {
            let installed = try InstalledCertificate(
                text, ownKey: (ownKey, ownFingerprint), from: path, library, at: now)
            if let fault = installed.chain.keyFault { return refuseInstalled(fault) }
            // It is presented all the same: some clients may not look, and the clock may be wrong.
            for fault in installed.chain.faults {
                findings.append(Finding(.warning, file: path, problem: PlainText.visible(fault)))
            }
            let leaf = installed.certificates[0]
            if leaf.notAfter >= now, leaf.notAfter < now.advanced(byMilliseconds: Self.warningMillis) {
                let day = CertificateChain.day(leaf.notAfter)
                findings.append(
                    Finding(.warning, file: path, problem: "the certificate expires on \(day): install a new one"))
            }
            identities.append(installed.identity)
            news.append("The installed certificate is \(Self.words(leaf))")
        } catch {
            refuseInstalled(error.clause(about: path))
        }
    }

    private mutating func refuseInstalled(_ problem: String) {
        findings.append(
            Finding(
                .damage, file: CertificateFiles.installed, problem: PlainText.visible(problem),
                action: "not used: install the certificate again with `stationd certificate install`"))
    }

    /// "for quay.example.com, 192.0.2.7, issued by …, until …, with the fingerprint …".
    private static func words(_ details: CertificateDetails) -> String {
        let names = details.names.prefix(5).joined(separator: ", ")
        let more = details.names.count > 5 ? " and \(details.names.count - 5) more" : ""
        let issuer = details.isSelfSigned ? "" : ", issued by \"\(details.issuer ?? "")\""
        return PlainText.visible(
            "for \(names)\(more)\(issuer), good until \(CertificateChain.day(details.notAfter)), fingerprint "
                + "\(details.fingerprintText), public key \(details.publicKeyText)")
    }
}

extension StationCertificate {
    /// The rules for a station on the machine that this process runs on.
    ///
    /// - Parameter names: names and addresses besides those that the machine has.
    static func ofThisMachine(stationName: String, names: [String]) -> StationCertificate {
        StationCertificate(
            stationName: stationName, configured: names, hostName: Machine.hostName, addresses: Machine.addresses)
    }
}
