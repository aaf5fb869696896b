import Foundation

/// A certification authority made with the command `openssl`: a root, and a middle authority that signs.
struct TestAuthority {
    /// The path of the program, or nil if it is not installed.
    static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    let directory: String

    /// Makes both authorities in a directory, as `root.pem` and `middle.pem`.
    init(in directory: String) throws {
        self.directory = directory
        try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-subj", "/CN=Test root", "-keyout", file("root.key"), "-out", file("root.pem"))
        try Self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Test middle",
            "-keyout", file("middle.key"), "-out", file("middle.request"))
        try sign(
            file("middle.request"), by: "root", as: "middle.pem",
            extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    }

    func file(_ name: String) -> String { "\(directory)/\(name)" }

    func text(_ name: String) -> String { WholeFile.text(file(name)) }

    /// Signs a request.
    ///
    /// - Parameters:
    ///   - extensions: lines of a configuration file; nil copies those that are requested.
    ///   - days: may be negative, for a certificate that has expired.
    func sign(
        _ request: String, by authority: String, as name: String, extensions: String? = nil, days: Int = 300
    ) throws {
        var arguments = [
            "x509", "-req", "-in", request, "-CA", file("\(authority).pem"), "-CAkey", file("\(authority).key"),
            "-CAcreateserial", "-sha256", "-days", "\(days)", "-out", file(name),
        ]
        if let extensions {
            try WholeFile.write(extensions, to: file("extensions"))
            arguments += ["-extfile", file("extensions")]
        } else {
            arguments += ["-copy_extensions", "copy"]
        }
        try Self.openssl(arguments)
    }

    /// Makes a key, and a certificate of the middle authority for a host.
    func issue(_ host: String, as name: String, purpose: String = "serverAuth", days: Int = 300) throws {
        try Self.openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(host)", "-keyout", file("\(name).key"), "-out",
            file("\(name).request"))
        try sign(
            file("\(name).request"), by: "middle", as: "\(name).pem",
            extensions: "subjectAltName=DNS:\(host)\nextendedKeyUsage=\(purpose)\n", days: days)
    }

    @discardableResult
    static func openssl(_ arguments: String...) throws -> String { try openssl(arguments) }

    @discardableResult
    static func openssl(_ arguments: [String]) throws -> String {
        let result = try CommandResult.run([path ?? "openssl"] + arguments)
        guard result.exit == .code(0) else {
            throw HarnessFault("openssl \(arguments.joined(separator: " ")): \(result.all)")
        }
        return result.all
    }
}
