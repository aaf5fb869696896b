import Foundation
import JSON
import Testing

extension EndToEnd {
    /// `stationd certificate` as an operator uses it.
    @Suite struct Certificates {
        @Test func `every build has the commands and their help`() throws {
            for command in ["show", "request", "install"] {
                let help = try CommandResult.stationd("certificate", command, "--help")
                #expect(help.exit == .code(0) && help.output.hasPrefix("Usage: stationd certificate \(command)"))
            }
            let unknown = try CommandResult.stationd("certificate", "instal", "x")
            #expect(unknown.exit == .code(64) && unknown.errors.contains("did you mean"), "\(unknown.excerpt)")
            let odd = try CommandResult.stationd("certificate", "request", "--name", "a,DNS:b")
            #expect(odd.exit == .code(64) && odd.errors.contains("a,DNS:b"), "\(odd.excerpt)")
        }

        #if !TLS
        @Test func `a build without TLS says so`() throws {
            let version = try CommandResult.stationd("--version")
            #expect(!version.output.contains("OpenSSL"))
            for words in [["show"], ["request"], ["install", "/nowhere"]] {
                let result = try CommandResult.run([BuiltProduct.stationd, "certificate"] + words)
                #expect(result.exit == .code(69) && result.output.isEmpty, "\(result.excerpt)")
                #expect(result.errors.contains("this build of stationd has no TLS"), "\(result.excerpt)")
            }
        }
        #else
        private static let (dataFault, noInput) = (SpawnedProcess.Exit.code(65), SpawnedProcess.Exit.code(66))

        /// A data directory that does not exist yet, and an authority.
        private func withAuthority(_ body: (_ data: String, TestAuthority) throws -> Void) throws {
            guard TestAuthority.path != nil else { return print("openssl is not installed") }
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            try body(scratch.file("data"), try TestAuthority(in: scratch.path))
        }

        private func certificate(_ data: String, _ words: String...) throws -> CommandResult {
            try .run([BuiltProduct.stationd, "certificate"] + words + ["--data", data])
        }

        @Test func `the version names the library`() throws {
            #expect(try CommandResult.stationd("--version").output.contains(" with OpenSSL 3."))
        }

        @Test func `a request is signed by an authority and installed`() throws {
            try withAuthority { data, authority in
                let empty = try certificate(data, "show")
                #expect(empty.exit == Self.noInput, "\(empty.excerpt)")
                let request = try certificate(data, "request", "--name", "Desk.example.com", "--name", "192.0.2.7")
                #expect(request.exit == .code(0), "\(request.excerpt)")
                try WholeFile.write(request.output, to: authority.file("request.pem"))
                let read = try TestAuthority.openssl(
                    "req", "-in", authority.file("request.pem"), "-noout", "-verify", "-text")
                #expect(read.contains("verify OK"), "\(read)")
                #expect(read.contains("DNS:desk.example.com, IP Address:192.0.2.7\n"), "\(read)")
                #expect(WholeFile.mode("\(data)/tls/key.pem") == 0o600)
                #expect(WholeFile.mode("\(data)/tls") & 0o007 == 0)

                try authority.sign(authority.file("request.pem"), by: "middle", as: "leaf.pem")
                try WholeFile.write(
                    authority.text("leaf.pem") + authority.text("middle.pem"), to: authority.file("chain.pem"))
                let installed = try certificate(data, "install", authority.file("chain.pem"))
                #expect(installed.exit == .code(0), "\(installed.excerpt)")
                #expect(installed.output.contains("systemctl reload stationd"), "\(installed.excerpt)")
                #expect(installed.output.contains("clients must know its issuer, \"Test root\""))
                #expect(WholeFile.mode("\(data)/tls/installed.pem") == 0o600)

                let shown = try certificate(data, "show")
                #expect(shown.exit == .code(0), "\(shown.excerpt)")
                #expect(shown.output.contains("  for          desk.example.com, 192.0.2.7\n"), "\(shown.output)")
                let print = try TestAuthority.openssl(
                    "x509", "-in", authority.file("leaf.pem"), "-noout", "-fingerprint", "-sha256")
                let fingerprint = print.split(separator: "=").last?.trimmingCharacters(in: .whitespacesAndNewlines)
                let json = try JSONParser.parse(try certificate(data, "show", "--json").output)
                #expect(json.arrayValue?.count == 1)
                #expect(json.arrayValue?.first?["sha256"]?.stringValue == fingerprint)
                #expect(json.arrayValue?.first?["issuer"] == "Test middle")

                // The next request is for the same key.
                try WholeFile.write(try certificate(data, "request").output, to: authority.file("again.pem"))
                let keys = try ["request.pem", "again.pem"].map {
                    try TestAuthority.openssl("req", "-in", authority.file($0), "-noout", "-pubkey")
                }
                #expect(keys[0] == keys[1])
            }
        }

        /// What a client sees who asks for a name and believes one certificate.
        private func greeting(_ station: StationProcess, name: String, believing file: String) throws -> String {
            let mark = "Listening on https://127.0.0.1:"
            let line = try #require(station.log.split(separator: "\n").first { $0.contains(mark) })
            let port = try #require(line.components(separatedBy: mark).last)
            return try CommandResult.run([
                TestAuthority.path ?? "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", name,
                "-verify_hostname", name, "-CAfile", file,
            ]).all
        }

        @Test func `a station presents its own certificate, and an installed one after a reload`() throws {
            try withAuthority { data, authority in
                var options = StationProcess.Options(arguments: ["--listen", "https://127.0.0.1:0"])
                options.data = data
                try StationProcess.running(options) { station in
                    let (own, root) = ("\(data)/tls/certificate.pem", authority.file("root.pem"))
                    let (isGood, isBad) = ("Verify return code: 0 (ok)", "Verify return code: 18 (self-signed")
                    #expect(station.log.contains("The station has made its own certificate, since there was none"))
                    let first = try greeting(station, name: "localhost", believing: own)
                    #expect(first.contains(isGood), "\(first)")
                    #expect(try greeting(station, name: "localhost", believing: root).contains(isBad))
                    let shown = try certificate(data, "show", "--json").output

                    let request = try certificate(data, "request", "--name", "quay.example").output
                    try WholeFile.write(request, to: authority.file("request.pem"))
                    try authority.sign(authority.file("request.pem"), by: "middle", as: "leaf.pem")
                    let chain = authority.text("leaf.pem") + authority.text("middle.pem")
                    try WholeFile.write(chain, to: authority.file("chain.pem"))
                    #expect(try certificate(data, "install", authority.file("chain.pem")).exit == .code(0))
                    station.child?.signal(SIGHUP)
                    #expect(station.waitForLog("The installed certificate is for quay.example"))
                    let second = try greeting(station, name: "quay.example", believing: root)
                    #expect(second.contains(isGood), "\(second)")
                    #expect(try greeting(station, name: "localhost", believing: own).contains(isGood))

                    try station.restart()
                    #expect(station.log.contains("The station's own certificate is for"))
                    #expect(try greeting(station, name: "localhost", believing: own).contains(isGood))
                    #expect(try greeting(station, name: "quay.example", believing: root).contains(isGood))
                    let after = try JSONParser.parse(try certificate(data, "show", "--json").output).arrayValue
                    #expect(after?.last == (try JSONParser.parse(shown).arrayValue?.last))
                    #expect(try CommandResult.stationd("check", data).exit == .code(0))
                }
            }
        }

        @Test func `a certificate with a key of its own is installed`() throws {
            try withAuthority { data, authority in
                try authority.issue("quay.example", as: "leaf")
                let chain = authority.text("leaf.pem") + authority.text("middle.pem") + authority.text("root.pem")
                try WholeFile.write(chain, to: authority.file("chain.pem"))
                let without = try certificate(data, "install", authority.file("chain.pem"))
                #expect(without.exit == Self.dataFault && without.errors.contains("--key"), "\(without.excerpt)")
                let with = try certificate(
                    data, "install", authority.file("chain.pem"), "--key", authority.file("leaf.key"))
                #expect(with.exit == .code(0), "\(with.excerpt)")
                #expect(with.output.contains("RSA 2048") && with.output.contains("need not be in the file"))
                let stored = try TestAuthority.openssl(
                    "pkey", "-in", "\(data)/tls/installed.pem", "-noout", "-check")
                #expect(stored.contains("Key is valid"), "\(stored)")
                // Both in one file.
                try WholeFile.write(
                    authority.text("leaf.pem") + authority.text("leaf.key"), to: authority.file("all"))
                let one = try certificate(data, "install", authority.file("all"))
                #expect(one.exit == .code(0), "\(one.excerpt)")
            }
        }

        @Test func `what clients would refuse is refused, in words`() throws {
            try withAuthority { data, authority in
                try authority.issue("quay.example", as: "leaf")
                try authority.issue("quay.example", as: "other")
                try authority.issue("quay.example", as: "old", days: -1)
                try authority.issue("quay.example", as: "mail", purpose: "emailProtection")
                func write(_ name: String, _ parts: String...) throws {
                    try WholeFile.write(parts.map { authority.text($0) }.joined(), to: authority.file(name))
                }
                try write("disorder", "leaf.pem", "root.pem", "middle.pem")
                try write("reversed", "root.pem", "middle.pem", "leaf.pem")
                try write("gap", "leaf.pem", "root.pem")
                let torn = authority.text("leaf.pem").dropLast(60)
                try WholeFile.write(String(torn), to: authority.file("torn"))
                try TestAuthority.openssl(
                    "pkey", "-in", authority.file("leaf.key"), "-aes128", "-passout", "pass:secret", "-out",
                    authority.file("locked.key"))
                let faults = [
                    ("leaf.pem", "other.key", "is not the key of certificate 1 (\"quay.example\")"),
                    ("disorder", "leaf.key", "must be followed by its issuer, certificate 3 (\"Test middle\")"),
                    ("reversed", "leaf.key", "belongs to certificate 3 (\"quay.example\")"),
                    ("gap", "leaf.key", "issued by \"Test middle\", whose certificate is missing"),
                    ("old.pem", "old.key", "expired on "), ("mail.pem", "mail.key", "is not for servers"),
                    ("middle.pem", "middle.key", "is an authority's"), ("torn", "leaf.key", "is damaged"),
                    ("leaf.key", "leaf.key", "holds no certificate"), ("leaf.pem", "leaf.pem", "no private key"),
                    ("leaf.pem", "locked.key", "has a passphrase"),
                ]
                for (file, key, words) in faults {
                    let result = try certificate(
                        data, "install", authority.file(file), "--key", authority.file(key))
                    #expect(result.exit == Self.dataFault && result.output.isEmpty, "\(file): \(result.excerpt)")
                    #expect(result.errors.contains(words), "\(file): \(result.excerpt)")
                }
                for words in [["/nowhere"], [authority.file("leaf.pem"), "--key", "/nowhere"]] {
                    let result = try CommandResult.run(
                        [BuiltProduct.stationd, "certificate", "install"] + words + ["--data", data])
                    #expect(result.exit == Self.noInput, "\(result.excerpt)")
                }
                #expect(!WholeFile.exists("\(data)/tls/installed.pem"))
            }
        }

        @Test func `check knows the certificates of a station`() throws {
            try StationProcess.running { station in
                #expect(try certificate(station.data, "request").exit == .code(0))
                #expect(try CommandResult.stationd("check", station.data).exit == .code(0))
                let path = "\(station.data)/tls/key.pem"
                let key = WholeFile.text(path)
                try WholeFile.write(String(key.dropLast(60)), to: path)
                try WholeFile.write("x", to: "\(station.data)/tls/notes")
                let check = try CommandResult.stationd("check", station.data)
                #expect(check.exit == Self.dataFault, "\(check.excerpt)")
                #expect(check.output.contains("damage: tls/key.pem: the private key is damaged"))
                #expect(check.output.contains("warning: tls/notes: not a file of the station"))
                // A request needs a key, so the damaged one is put aside.
                let request = try certificate(station.data, "request")
                #expect(request.exit == .code(0) && request.errors.contains("quarantine/tls-key.pem"))
                let shown = try certificate(station.data, "show")
                #expect(shown.exit == Self.noInput, "\(shown.excerpt)")
                try WholeFile.write("-----BEGIN CERTIFICATE-----\n", to: "\(station.data)/tls/certificate.pem")
                #expect(try certificate(station.data, "show").exit == Self.dataFault)
            }
        }
        #endif
    }
}
