import Foundation

/// A certificate authority of the `openssl` command, with its files in a directory of its own.
public struct CertificateAuthority {
    /// A certificate and its private key, both in PEM form.
    public struct Issued: Sendable {
        /// The certificate's file.
        public let certificate: String
        /// The key's file.
        public let key: String
    }

    /// The command failed.
    public struct Failed: Error, CustomStringConvertible {
        /// The command and what it complained about.
        public let description: String
    }

    /// Where its files are.
    public let directory: URL

    /// Makes an authority that is valid for ten years.
    public init(name: String = "Test authority") throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("stationd-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-days", "3650", "-subj", "/CN=\(name)")
    }

    /// Removes all of its files.
    public func remove() { try? FileManager.default.removeItem(at: directory) }

    /// The path of one of its files.
    public func path(_ file: String) -> String { directory.appendingPathComponent(file).path }

    /// The file with its own certificate.
    public var certificate: String { path("ca.pem") }

    /// The content of one of its files.
    public func content(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(file))))
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - names: as in subjectAltName: `DNS:localhost,IP:127.0.0.1`.
    ///   - file: the beginning of the files' names, and the common name.
    ///   - days: how long it is valid from now on.
    @discardableResult
    public func issue(_ names: String, file: String = "leaf", days: Int = 3_650) throws -> Issued {
        try run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(file).key", "-out",
            "\(file).csr", "-subj", "/CN=\(file)", "-addext", "subjectAltName=\(names)")
        try run(
            "x509", "-req", "-in", "\(file).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            "\(file).pem", "-days", "\(days)", "-copy_extensions", "copy")
        return Issued(certificate: path("\(file).pem"), key: path("\(file).key"))
    }

    /// Runs the `openssl` command in the directory, and returns what it prints.
    @discardableResult public func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let (output, errors) = (
            Pipe(), FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        )
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let complaint = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Failed(description: "openssl \(arguments.joined(separator: " ")): \(complaint)")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
