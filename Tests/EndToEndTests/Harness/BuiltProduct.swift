import Foundation

/// The paths of what is under test.
enum BuiltProduct {
    /// The package's directory. This file is `Tests/EndToEndTests/Harness/BuiltProduct.swift` in it.
    static let packageRoot: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url
    }()

    /// The executable `stationd`, which the build puts beside the test bundle; `STATIOND_TEST_BINARY` names another.
    static let stationd: String = {
        if let path = ProcessInfo.processInfo.environment["STATIOND_TEST_BINARY"] { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("stationd").path
    }()

    /// The path of a file that belongs to these tests.
    static func testFile(_ path: String) -> String {
        packageRoot.appendingPathComponent("Tests/EndToEndTests").appendingPathComponent(path).path
    }
}
