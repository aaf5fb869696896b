import Testing

/// Which target stands on which.
@Suite struct LayerTests {
    /// What a target of the product may import, besides what the standard library has.
    static let allowed: [String: Set<String>] = {
        let machines: Set = ["Bytes", "JSON", "Crypto", "HTTP", "WebSocket", "SocketIO", "DNS", "NATS", "TLS"]
        let service = machines.union(["Platform", "Store", "Domain", "Uplink", "Gateway", "Share"])
        let system = service.union(["Server", "Linux", "CLinux", "Glibc"])
        return [
            "Bytes": [], "JSON": ["Bytes"], "Crypto": ["Bytes", "JSON"], "HTTP": ["Bytes"],
            "WebSocket": ["Bytes", "Crypto", "HTTP"], "SocketIO": ["Bytes", "JSON"],
            "TLS": ["Bytes"], "OpenSSL": ["Bytes", "TLS", "COpenSSL"],
            "DNS": ["Bytes"], "NATS": ["Bytes", "Crypto", "JSON"], "Platform": ["Bytes"],
            "Store": ["Bytes", "JSON", "Platform"], "Domain": ["Bytes", "JSON", "Store"],
            "Uplink": ["Bytes", "JSON", "HTTP", "NATS"],
            "Gateway": ["Bytes", "JSON", "HTTP", "WebSocket", "SocketIO", "DNS", "TLS", "Platform"],
            "Share": [], "Server": service, "Linux": ["Bytes", "Platform", "CLinux", "Glibc"],
            "Simulation": service.union(["Server", "Synchronization"]),
            "stationd": system.union(["OpenSSL"]), "stationd-bench": machines.union(["CLinux", "Glibc"]),
            "stationd-simulate": ["Simulation", "Glibc"],
        ]
    }()

    /// Executables that tests run; they are built for that and need not be imported.
    private static let executables: Set = ["stationd", "stationd-bench", "stationd-simulate", "conformance-server"]

    @Test func `a target of the product imports only lower ones`() throws {
        let targets = try Manifest().targets.filter { $0.directory.hasPrefix("Sources/") || $0.name == "Share" }
        try #require(targets.count > 15)
        for target in targets {
            let allowed = try #require(Self.allowed[target.name], "the table does not know \(target.name)")
            let imports = try Manifest().imports(of: target)
            #expect(imports.isSubset(of: allowed), "\(target.name) imports \(imports.subtracting(allowed).sorted())")
        }
    }

    @Test func `the table of layers has no cycle`() {
        var order: [String] = []
        func visit(_ name: String, _ path: [String]) {
            guard !order.contains(name) else { return }
            #expect(!path.contains(name), "\(path + [name])")
            guard !path.contains(name) else { return }
            for lower in (Self.allowed[name] ?? []).sorted() { visit(lower, path + [name]) }
            order.append(name)
        }
        for name in Self.allowed.keys.sorted() { visit(name, []) }
    }

    @Test func `every import is declared in Package.swift, and every declared dependency is imported`() throws {
        let manifest = try Manifest()
        let ours = Set(manifest.targets.map(\.name)).union(["CLinux", "COpenSSL", "CLibFuzzer"])
        for target in manifest.targets {
            let imports = try manifest.imports(of: target).intersection(ours)
            let declared = target.dependencies
            #expect(
                imports.isSubset(of: declared),
                "\(target.name) does not declare \(imports.subtracting(declared).sorted())")
            let unused = declared.subtracting(imports).subtracting(target.isTest ? Self.executables : [])
            #expect(unused.isEmpty, "\(target.name) declares \(unused.sorted()) and imports none of them")
        }
    }

    @Test func `the package depends on no other package`() throws {
        #expect(try !Manifest().text.contains(".package("))
    }
}
