import Foundation
import Testing

/// The rules of the house, as far as a machine can hold them.
@Suite struct House {
    // MARK: Imports

    /// What a target may import: the design's table, with the C library for those that speak to the system.
    private static let imports: [String: Set<String>] = {
        let machines: Set = [
            "Bytes", "Crypto", "JSON", "HTTP", "WebSocket", "SocketIO", "Store", "Domain", "DNS", "NATS", "Uplink",
        ]
        let system = machines.union(["Server", "Linux", "CLinux", "Glibc"])
        return [
            "Bytes": [], "JSON": ["Bytes"], "Crypto": ["Bytes", "JSON"], "HTTP": ["Bytes"],
            "WebSocket": ["Bytes", "Crypto", "HTTP"], "SocketIO": ["Bytes", "JSON"], "Store": ["Bytes", "JSON"],
            "Domain": ["Bytes", "JSON", "Store"], "DNS": ["Bytes"], "NATS": ["Bytes", "JSON"],
            "Uplink": ["Bytes", "JSON", "HTTP", "NATS"], "Share": [],
            "Server": machines.union(["Share"]),
            "Linux": ["CLinux", "Glibc", "Bytes", "Store", "Server"],
            // Its ledger is shared by threads of tests against the real binary.
            "Simulation": machines.union(["Server", "Synchronization"]),
            "stationd": system, "stationd-bench": system, "stationd-simulate": system.union(["Simulation"]),
            "conformance-server": system, "Generators": ["Glibc"], "Peers": ["Bytes", "NATS", "Foundation", "Glibc"],
            "Fuzzing": machines.union(["Server"]), "fuzz": ["CLibFuzzer", "Fuzzing", "Glibc"],
        ]
    }()

    /// Targets below `Tests` that are no tests, by their directories.
    private static let besideTheTests = [
        "ConformanceServer": "conformance-server", "Generators": "Generators", "Peers": "Peers", "Fuzzing": "Fuzzing",
        "FuzzRunner": "fuzz",
    ]

    @Test func `every target imports only what the design allows`() throws {
        let sources = try SourceFile.all(in: "Sources")
        try #require(sources.count > 20)
        for source in sources + (try Self.besideTheTests.keys.flatMap { try SourceFile.all(in: "Tests/\($0)") }) {
            let allowed = try #require(
                Self.imports[Self.besideTheTests[source.target] ?? source.target],
                "\(source.path): a target that the table does not know")
            for line in source.lines where line.text.contains("import ") {
                let words = line.code.split(separator: " ")
                guard let place = words.firstIndex(of: "import"),
                    words[..<place].allSatisfy({ $0.hasPrefix("@") || ["public", "private", "internal"].contains($0) })
                else { continue }
                let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                let name = words[(place + 1)...].first { !kinds.contains(String($0)) }?.prefix { $0 != "." } ?? ""
                #expect(allowed.contains(String(name)), "\(source.path):\(line.number) imports \(name)")
            }
        }
    }

    @Test func `the manifest declares the same dependencies`() throws {
        let manifest = try SourceFile.text(of: "Package.swift")
        #expect(!manifest.contains(".package("), "the package has no dependencies")
        let target = #/\.(?:executableTarget|target)\(\s*name: "([\w-]+)"(?:,\s*dependencies: \[([^\]]*)\])?/#
        let matches = manifest.matches(of: target)
        #expect(matches.count > 10)
        for match in matches {
            let allowed = try #require(Self.imports[String(match.1)], "the table does not know \(match.1)")
            for name in (match.2 ?? "").matches(of: #/"([\w-]+)"/#) {
                #expect(allowed.contains(String(name.1)), "\(match.1) depends on \(name.1)")
            }
        }
    }

    // MARK: Names

    private static let emptyEndings = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Data", "Info",
    ]

    private static func saysNothing(_ name: some StringProtocol) -> Bool {
        emptyEndings.contains { name.hasSuffix($0) }
    }

    @Test func `no type or file has a name that says nothing`() throws {
        for source in try SourceFile.all(in: "Sources") + SourceFile.all(in: "Tests") {
            #expect(!Self.saysNothing(source.name), "\(source.path)")
            for line in source.lines {
                guard let name = line.declaredType else { continue }
                #expect(!Self.saysNothing(name), "\(source.path):\(line.number) \(name)")
                #expect(name != source.target, "\(source.path):\(line.number) has its module's name")
            }
        }
    }

    // MARK: Form

    private static let columnsMax = 120
    private static let linesMax = 500

    @Test func `lines and files keep their measure`() throws {
        for source in try SourceFile.all(in: "Sources") + SourceFile.all(in: "Tests") {
            #expect(source.lines.count <= Self.linesMax, "\(source.path) has \(source.lines.count) lines")
            let wide = source.lines.filter { $0.text.utf8.count > Self.columnsMax && $0.text.count > Self.columnsMax }
            #expect(wide.map(\.number) == [], "\(source.path) has lines of more than \(Self.columnsMax) columns")
            let untidy = source.lines.filter { $0.text.utf8.contains(0x09) || $0.text.utf8.last == 0x20 }
            #expect(untidy.map(\.number) == [], "\(source.path) has lines with stray white space")
        }
    }

    @Test func `sources have no traps and no unfinished business`() throws {
        for source in try SourceFile.all(in: "Sources") {
            for line in source.lines {
                for word in ["try!", "as!", "fatalError("] where line.text.contains(word) {
                    #expect(!line.code.contains(word), "\(source.path):\(line.number) has \(word)")
                }
                for word in ["TODO", "FIXME"] {
                    #expect(!line.text.contains(word), "\(source.path):\(line.number) is unfinished")
                }
            }
        }
    }

    // MARK: The top level

    @Test func `the top level is tidy`() throws {
        let entries = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.path)
            .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(Set(entries) == ["Package.swift", "README.md", "Sources", "Tests", "etc", "share"])
    }

    @Test func `the readme has the two commands`() throws {
        let readme = try SourceFile.text(of: "README.md")
        for command in ["swift run -c release stationd serve --demo", "swift test"] {
            #expect(readme.contains(command), "\(command)")
        }
    }
}
