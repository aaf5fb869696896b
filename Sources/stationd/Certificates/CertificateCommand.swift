import Bytes
import Glibc
import Linux
import Platform
import Server
import Store
import TLS

/// `stationd certificate show`, `request` and `install`. They work on the files in the data directory, whether a
/// station runs or not.
enum CertificateCommand: Equatable {
    case show(asJSON: Bool)
    /// With names instead of those of the machine, unless there are none.
    case request(names: [String])
    /// With a file for the private key, if it is neither the station's nor in the first file.
    case install(file: String, keyFile: String?)

    /// Runs the command and prints its result.
    func run(at place: Place) throws(CommandFailure) -> ExitCode {
        guard let library = BuildTLS.library else {
            throw CommandFailure(
                .unavailable, "this build of stationd has no TLS, and so no certificates: build it with `--traits TLS`")
        }
        let configuration = try Configuration.load(at: place)
        let now = SystemClock.now().wall
        switch self {
        case .show(let asJSON):
            // Before root is given up, as with all files of the configuration.
            let configured = try Self.configured(configuration)
            let disk = try Self.disk(configuration, creating: false)
            return try Self.show(configured, disk, library, asJSON)
        case .request(let names):
            let rules = StationCertificate.ofThisMachine(
                stationName: configuration.stationName, names: configuration.tls.names)
            let disk = try Self.disk(configuration, creating: true)
            return try Self.request(disk, library, rules, names, now)
        case .install(let file, let keyFile):
            // Before root is given up: the files may be root's alone.
            let text = try Self.installedText(file, keyFile)
            return try Self.install(try Self.disk(configuration, creating: true), library, text, file, now)
        }
    }

    /// The data directory, as its owner.
    private static func disk(_ configuration: Configuration, creating: Bool) throws(CommandFailure) -> LinuxDisk {
        // A certificate may be there before the first start. If this fails, the reason shows below.
        if creating { _ = try? LinuxDisk(root: configuration.data, creating: true) }
        return try LinuxDisk(dataDirectory: try Owner.become(ofDirectory: configuration.data))
    }

    // MARK: show

    /// The file that `tls.certificate_file` names; nil if it names none.
    private static func configured(
        _ configuration: Configuration
    ) throws(CommandFailure) -> (path: String, text: [UInt8])? {
        guard !configuration.tls.certificateFile.isEmpty else { return nil }
        let path = configuration.path(of: configuration.tls.certificateFile)
        return (path, try content(of: path))
    }

    private static func show(
        _ configured: (path: String, text: [UInt8])?, _ disk: LinuxDisk, _ library: any CertificateLibrary,
        _ asJSON: Bool
    ) throws(CommandFailure) -> ExitCode {
        var texts: [(file: String, title: String, text: [UInt8])] = []
        var faults: [String] = []
        if let configured { texts.append((configured.path, "The configured certificate", configured.text)) }
        let titles = [
            (CertificateFiles.installed, "The installed certificate"),
            (CertificateFiles.own, "The station's own certificate"),
        ]
        for (path, title) in titles {
            do {
                if let text = try CertificateFiles(disk: disk).read(path) { texts.append((path, title, text)) }
            } catch {
                faults.append("\(error)")
            }
        }
        var found: [(file: String, title: String, details: CertificateDetails)] = []
        for (path, title, text) in texts {
            do {
                guard let details = try library.certificates(in: text, from: path).first else {
                    throw TLSFault("\(path) holds no certificate in PEM form")
                }
                found.append((path, title, details))
            } catch let error as TLSFault {
                faults.append(PlainText.visible("\(error)"))
            } catch {
                faults.append("\(error)")
            }
        }
        guard !found.isEmpty || !faults.isEmpty else {
            throw CommandFailure(
                .missingInput,
                "there is no certificate yet: the station makes its own when it first listens with TLS "
                    + "(`listen` with https://)")
        }
        let text =
            asJSON
            ? ControlCommand.pretty(.array(found.map { CertificateText.json($0.details, file: $0.file) }))
            : found.map { CertificateText.paragraph("\($0.title), \($0.file)", $0.details) }.joined(separator: "\n")
        guard StandardStreams.write(text) else { return .inputOutput }
        guard faults.isEmpty else { throw CommandFailure(.dataFault, messages: faults) }
        return .success
    }

    // MARK: request

    private static func request(
        _ disk: LinuxDisk, _ library: any CertificateLibrary, _ rules: StationCertificate, _ only: [String],
        _ now: Timestamp
    ) throws(CommandFailure) -> ExitCode {
        var names = rules.names
        if !only.isEmpty {
            names = CertificateNames()
            for text in only {
                if let address = IPAddress(text: text) {
                    names.addresses.append(address)
                } else {
                    names.hosts.append(ASCII.lowercased(text))
                }
            }
        }
        let (key, findings) = try StationCertificates.key(disk, library, now: now)
        // A key in memory alone would be lost, and with it the use of the certificate.
        let lost = findings.filter { $0.severity == .warning }
        guard lost.isEmpty else { throw CommandFailure(.cannotCreate, messages: lost.map(\.description)) }
        StandardStreams.complain(findings.map { PlainText.visible($0.description) })
        do {
            let text = try library.makeSigningRequest(for: names, subject: rules.subject, key: key)
            return StandardStreams.write(String(decoding: text, as: UTF8.self)) ? .success : .inputOutput
        } catch {
            throw CommandFailure(.software, "the request cannot be made: \(error)")
        }
    }

    // MARK: install

    /// What is to be stored: the key, if there is one, before the chain.
    private static func installedText(_ file: String, _ keyFile: String?) throws(CommandFailure) -> [UInt8] {
        let chain = try content(of: file)
        guard let keyFile else { return chain }
        let key = try content(of: keyFile)
        guard CertificateFiles.hasKey(key) else {
            throw CommandFailure(.dataFault, "\(keyFile) holds no private key in PEM form")
        }
        return key + [0x0A] + chain
    }

    private static func content(of path: String) throws(CommandFailure) -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try StandardStreams.readFile(path, bytesMax: CertificateFiles.bytesMax / 2 - 1)
        } catch {
            let code: ExitCode = error.errno == EACCES ? .noPermission : .missingInput
            throw CommandFailure(code, "\(path): \(error)")
        }
        guard let bytes else {
            throw CommandFailure(.dataFault, "\(path) is longer than \(CertificateFiles.bytesMax / 2 - 1) bytes")
        }
        return bytes
    }

    private static func install(
        _ disk: LinuxDisk, _ library: any CertificateLibrary, _ text: [UInt8], _ file: String, _ now: Timestamp
    ) throws(CommandFailure) -> ExitCode {
        let installed: InstalledCertificate
        do {
            let ownKey = CertificateFiles.hasKey(text) ? ([], []) : try ownKey(disk, library)
            installed = try InstalledCertificate(text, ownKey: ownKey, from: file, library, at: now)
        } catch let error as TLSFault {
            throw CommandFailure(.dataFault, PlainText.visible("\(error)"))
        } catch let error as DiskError {
            throw CommandFailure(StoreError.disk(error))
        } catch {
            throw CommandFailure(.software, "\(error)")
        }
        let faults = installed.chain.allFaults
        guard faults.isEmpty else {
            throw CommandFailure(.dataFault, messages: faults.map { PlainText.visible("\(file): \($0)") })
        }
        do {
            try CertificateFiles(disk: disk).write(CertificateFiles.installed, text, mode: .secret)
        } catch {
            throw CommandFailure(.cannotCreate, "\(error)")
        }
        var output = CertificateText.paragraph("Installed \(CertificateFiles.installed)", installed.certificates[0])
        for remark in installed.chain.remarks { output += PlainText.visible("Note: \(remark)") + "\n" }
        output += "A running station presents it after `systemctl reload stationd`.\n"
        return StandardStreams.write(output) ? .success : .inputOutput
    }

    /// The station's key and its fingerprint.
    private static func ownKey(
        _ disk: LinuxDisk, _ library: any CertificateLibrary
    ) throws -> (key: [UInt8], fingerprint: [UInt8]) {
        guard let key = try CertificateFiles(disk: disk).read(CertificateFiles.key) else {
            throw TLSFault("the station has no key yet, so the certificate has another one: name it with --key FILE")
        }
        return (key, try library.publicKeyFingerprint(ofKey: key, from: CertificateFiles.key))
    }
}
