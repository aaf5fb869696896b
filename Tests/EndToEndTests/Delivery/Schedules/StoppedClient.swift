import Foundation
import JSON
import Simulation

/// The stock client in a process of its own, which a test can stop for a while and then wake.
final class StoppedClient {
    let user: DeliveryLedger.UserID
    private let scratch: ScratchDirectory
    private let arguments: [String]
    private var child: SpawnedProcess
    private let ledger: DeliveryLedger
    private var proxy: FaultyProxy?
    private var launchCount = 1
    private var readCount = 0
    private var connection: DeliveryLedger.ConnectionNumber?

    /// - Parameter way: the transport's name for `steadfast.py`.
    init(
        _ user: DeliveryLedger.UserID, way: String, token: String, line: StationLine, ledger: DeliveryLedger
    ) throws {
        self.user = user
        self.ledger = ledger
        scratch = try ScratchDirectory()
        // The station's port changes with each start, but the proxy's does not. The proxy serves no other purpose.
        let proxy = try FaultyProxy { line.port }
        self.proxy = proxy
        arguments = [
            try PythonEnvironment.python, BuiltProduct.testFile("Python/steadfast.py"),
            "http://127.0.0.1:\(proxy.port)",
            token, way,
        ]
        child = try Self.launch(arguments, output: scratch.file("output-1"), errors: scratch.file("errors"))
    }

    private static func launch(_ arguments: [String], output: String, errors: String) throws -> SpawnedProcess {
        try SpawnedProcess(
            arguments, output: output, errors: errors,
            environment: ["PYTHONDONTWRITEBYTECODE": "1", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"])
    }

    /// Starts the client's process anew. On a loaded machine the stock client sometimes hangs when the station is
    /// killed in the middle of its upgrade, and then never connects again by itself.
    func relaunch() throws {
        child.kill()
        try collect()
        launchCount += 1
        readCount = 0
        child = try Self.launch(arguments, output: outputPath, errors: scratch.file("errors-\(launchCount)"))
    }

    private var outputPath: String { scratch.file("output-\(launchCount)") }

    func stop() { child.signal(SIGSTOP) }

    func wake() { child.signal(SIGCONT) }

    /// Whether the client connects at least once within `seconds`.
    func isConnected(within seconds: Double) throws -> Bool {
        let deadline = Deadline(seconds: seconds)
        while !WholeFile.text(outputPath).contains("[\"connected\"") {
            if let exit = child.poll() { throw HarnessFault("steadfast.py ended with \(exit): \(errors)") }
            if deadline.isOver { return false }
            usleep(5000)
        }
        return true
    }

    /// Records in the ledger what the client has received since the last call.
    func collect() throws {
        let bytes = (try? WholeFile.read(outputPath)) ?? []
        // The last line may still be incomplete.
        guard let end = bytes.lastIndex(of: 10), end > readCount else { return }
        defer { readCount = end + 1 }
        for line in bytes[readCount..<end].split(separator: 10) {
            guard case .array(let items) = try JSONParser.parse(Array(line)), items.count >= 2,
                let what = items[0].stringValue, let at = items[1].integerValue.map(UInt64.init)
            else { throw HarnessFault("steadfast.py printed \(String(decoding: line, as: UTF8.self))") }
            if what == "began" { connection = ledger.open(user, at: at) }
            guard let connection else { throw HarnessFault("steadfast.py began with \(what)") }
            if what == "connected" { ledger.connected(connection, at: at) }
            if what == "event", items.count == 4, let name = items[2].stringValue {
                ledger.receive(name, items[3], on: connection, at: at)
            }
        }
    }

    /// Ends the client and records the rest.
    func end() throws {
        child.signal(SIGCONT)
        child.kill()
        try collect()
        proxy = nil
        scratch.remove()
    }

    private var errors: String { WholeFile.text(scratch.file("errors")) }
}
