// swift-tools-version: 6.2
import PackageDescription

/// The fuzzers' build (Tests/Fuzzing/fuzz.sh): every target with libFuzzer's instruments, and one executable more.
let isFuzzing = Context.environment["STATIOND_FUZZ"] != nil

/// Every target of ours: no warnings, and memory safety stated where it is given up. Release builds make code for a
/// static executable, without exclusivity checks at run time: a tenth of a request. Debug builds, and with them every
/// test, keep the checks.
let ours: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    isFuzzing
        ? .unsafeFlags(["-sanitize=fuzzer"])
        : .unsafeFlags(
            ["-static-executable", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// The same for what is not on the way of every byte: small before fast.
let small = ours + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// A static executable without symbols, unreachable code and unwind tables in release builds.
let linked: [LinkerSetting] = [
    .linkedLibrary("crypt"),
    .unsafeFlags(
        [
            "-static-executable", "-use-ld=lld", "-Xlinker", "-s", "-Xlinker", "--gc-sections",
            "-Xlinker", "--icf=safe", "-Xlinker", "-O2",
            "-Xlinker", "\(Context.packageDirectory)/Sources/stationd/no-unwind-tables.ld",
        ], .when(configuration: .release)),
]

/// What is there with the trait TLS only: the default build has no trace of OpenSSL.
let withTLS: TargetDependencyCondition? = .when(traits: ["TLS"])

let tests: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "stationd",
    products: [.executable(name: "stationd", targets: ["stationd"])],
    traits: [
        .trait(name: "TLS", description: "TLS on the LAN and upstream, with OpenSSL from Debian (libssl-dev).")
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .target(name: "Bytes", swiftSettings: ours),
        .target(name: "JSON", dependencies: ["Bytes"], swiftSettings: ours),
        .target(name: "Crypto", dependencies: ["Bytes", "JSON"], swiftSettings: small),
        .target(name: "HTTP", dependencies: ["Bytes"], swiftSettings: ours),
        .target(name: "WebSocket", dependencies: ["Bytes", "Crypto", "HTTP"], swiftSettings: small),
        .target(name: "SocketIO", dependencies: ["Bytes", "JSON"], swiftSettings: small),
        .target(name: "Platform", dependencies: ["Bytes"], swiftSettings: small),
        .target(name: "Store", dependencies: ["Bytes", "JSON", "Platform"], swiftSettings: small),
        .target(name: "Domain", dependencies: ["Bytes", "JSON", "Store"], swiftSettings: small),
        .target(name: "TLS", dependencies: ["Bytes"], swiftSettings: small),
        .systemLibrary(name: "COpenSSL"),
        .target(
            name: "OpenSSL", dependencies: ["Bytes", "TLS", .target(name: "COpenSSL", condition: withTLS)],
            swiftSettings: small),
        .target(name: "DNS", dependencies: ["Bytes"], swiftSettings: small),
        .target(name: "NATS", dependencies: ["Bytes", "Crypto", "JSON"], swiftSettings: small),
        .target(name: "Uplink", dependencies: ["Bytes", "JSON", "HTTP", "NATS"], swiftSettings: small),
        .target(
            name: "Share", path: "share", exclude: ["doc"],
            resources: [
                .embedInCode("console/index.html"),
                .embedInCode("console/console.css"),
                .embedInCode("console/favicon.svg"),
                .embedInCode("console/manifest.json"),
                .embedInCode("console/worker.js"),
                .embedInCode("console/account.js"),
                .embedInCode("console/alarm.js"),
                .embedInCode("console/alerts.js"),
                .embedInCode("console/answers.js"),
                .embedInCode("console/api.js"),
                .embedInCode("console/bulk.js"),
                .embedInCode("console/bus.js"),
                .embedInCode("console/chart.js"),
                .embedInCode("console/conflict.js"),
                .embedInCode("console/dom.js"),
                .embedInCode("console/drafts.js"),
                .embedInCode("console/en.js"),
                .embedInCode("console/filter.js"),
                .embedInCode("console/filters.js"),
                .embedInCode("console/fleet.js"),
                .embedInCode("console/inbox.js"),
                .embedInCode("console/kept.js"),
                .embedInCode("console/keys.js"),
                .embedInCode("console/list.js"),
                .embedInCode("console/live.js"),
                .embedInCode("console/main.js"),
                .embedInCode("console/newticket.js"),
                .embedInCode("console/outbox.js"),
                .embedInCode("console/people.js"),
                .embedInCode("console/places.js"),
                .embedInCode("console/qr.js"),
                .embedInCode("console/route.js"),
                .embedInCode("console/rows.js"),
                .embedInCode("console/session.js"),
                .embedInCode("console/shell.js"),
                .embedInCode("console/signin.js"),
                .embedInCode("console/statistics.js"),
                .embedInCode("console/status.js"),
                .embedInCode("console/text.js"),
                .embedInCode("console/thread.js"),
                .embedInCode("console/ticket.js"),
                .embedInCode("console/tickets.js"),
                .embedInCode("console/users.js"),
                .embedInCode("console/vi.js"),
                .embedInCode("console/waiting.js"),
                .embedInCode("api/openapi.json"),
                .embedInCode("api/asyncapi.json"),
            ],
            swiftSettings: small),
        .target(
            name: "Gateway",
            dependencies: ["Bytes", "JSON", "HTTP", "WebSocket", "SocketIO", "DNS", "TLS", "Platform"],
            swiftSettings: ours),
        .target(
            name: "Server",
            dependencies: [
                "Bytes", "Crypto", "JSON", "HTTP", "WebSocket", "SocketIO", "TLS", "Platform", "Store", "Domain",
                "Uplink",
                "Gateway", "Share",
            ],
            swiftSettings: ours),
        .target(name: "Linux", dependencies: ["CLinux", "Bytes", "Platform"], swiftSettings: small),
        .executableTarget(
            name: "stationd",
            dependencies: [
                "Bytes", "Crypto", "JSON", "HTTP", "TLS", "Platform", "Store", "Domain", "Gateway", "Server", "Linux",
                .target(name: "OpenSSL", condition: withTLS),
            ],
            exclude: ["no-unwind-tables.ld"], swiftSettings: small, linkerSettings: linked),
        .target(
            name: "Simulation",
            dependencies: [
                "Bytes", "Crypto", "JSON", "HTTP", "WebSocket", "SocketIO", "Platform", "Store", "Domain", "Gateway",
                "Server",
            ],
            swiftSettings: ours),
        .executableTarget(
            name: "stationd-simulate", dependencies: ["Simulation"], swiftSettings: ours, linkerSettings: linked),
        .executableTarget(
            name: "stationd-bench", dependencies: ["CLinux", "Bytes", "Crypto", "JSON", "HTTP"], swiftSettings: ours,
            linkerSettings: linked),
        .executableTarget(
            name: "conformance-server",
            dependencies: ["Bytes", "JSON", "HTTP", "WebSocket", "SocketIO", "Platform", "Gateway", "Linux"],
            path: "Tests/ConformanceServer", swiftSettings: ours, linkerSettings: linked),
        .target(name: "Generators", path: "Tests/Generators", swiftSettings: tests),
        .target(name: "Peers", dependencies: ["Bytes", "Crypto", "NATS"], path: "Tests/Peers", swiftSettings: tests),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Bytes", "Crypto", "JSON", "HTTP", "WebSocket", "SocketIO", "Platform", "Store", "Domain", "Uplink",
                "Gateway", "Server", "DNS", "NATS", "TLS", "OpenSSL",
            ],
            path: "Tests/Fuzzing", exclude: ["fuzz.sh"], swiftSettings: tests),
        .testTarget(name: "BytesTests", dependencies: ["Bytes", "Generators"], swiftSettings: tests),
        .testTarget(name: "JSONTests", dependencies: ["Bytes", "JSON", "Generators"], swiftSettings: tests),
        .testTarget(name: "CryptoTests", dependencies: ["Bytes", "JSON", "Crypto"], swiftSettings: tests),
        .testTarget(name: "HTTPTests", dependencies: ["Bytes", "HTTP", "Generators"], swiftSettings: tests),
        .testTarget(
            name: "WebSocketTests", dependencies: ["Bytes", "HTTP", "WebSocket", "Generators"], swiftSettings: tests),
        .testTarget(
            name: "SocketIOTests", dependencies: ["Bytes", "JSON", "SocketIO", "Generators"], swiftSettings: tests),
        .testTarget(
            name: "StoreTests", dependencies: ["Bytes", "JSON", "Platform", "Store", "Linux", "Simulation"],
            swiftSettings: tests),
        .testTarget(
            name: "DomainTests", dependencies: ["Bytes", "JSON", "Domain", "Generators"], swiftSettings: tests),
        .testTarget(
            name: "TLSTests",
            dependencies: ["Bytes", "TLS", "OpenSSL", "Platform", "Store", "Simulation", "Peers", "stationd"],
            swiftSettings: tests),
        .testTarget(name: "DNSTests", dependencies: ["Bytes", "DNS", "Generators", "Peers"], swiftSettings: tests),
        .testTarget(
            name: "NATSTests", dependencies: ["Bytes", "Crypto", "JSON", "NATS", "Generators", "Peers"],
            swiftSettings: tests),
        .testTarget(
            name: "UplinkTests", dependencies: ["Bytes", "JSON", "Domain", "NATS", "Uplink", "Generators", "Peers"],
            swiftSettings: tests),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["Bytes", "JSON", "HTTP", "SocketIO", "Platform", "Gateway", "Linux", "Generators", "Peers"],
            swiftSettings: tests),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Bytes", "JSON", "HTTP", "Platform", "Store", "Domain", "Share", "Gateway", "Server", "Simulation",
                "Fuzzing",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "SimulationTests", dependencies: ["Store", "Simulation"], swiftSettings: tests),
        .testTarget(
            name: "LinuxTests", dependencies: ["Bytes", "Platform", "Linux", "Peers"], swiftSettings: tests),
        .testTarget(
            name: "stationdTests",
            dependencies: ["JSON", "HTTP", "Server", "stationd"],
            swiftSettings: tests),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Bytes", "Crypto", "JSON", "NATS", "Simulation", "Generators", "Peers", "stationd"],
            exclude: ["Python"], swiftSettings: tests),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["JSON", "Generators", "conformance-server"],
            swiftSettings: tests),
        .testTarget(
            name: "BenchTests", dependencies: ["JSON", "stationd-bench", "stationd"], swiftSettings: tests),
        .testTarget(name: "FuzzTests", dependencies: ["Fuzzing"], exclude: ["Found"], swiftSettings: tests),
        .testTarget(name: "HouseTests", swiftSettings: tests),
    ]
)

if isFuzzing {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/CLibFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CLibFuzzer", "Fuzzing"], path: "Tests/FuzzRunner",
            swiftSettings: [.treatAllWarnings(as: .error)],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
}
