import Foundation
import Testing

@testable import stationd

@Suite struct StandardStreamsTests {
    @Test func `a file is read whole or up to a limit`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).bytes").path
        let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data(content)))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try StandardStreams.readFile(path, bytesMax: 200_000) == content)
        #expect(try StandardStreams.readFile(path, bytesMax: 199_999) == nil)
        #expect(try StandardStreams.readStart(of: path, bytesMax: 300_000) == content)
        for count in [1, 65_536, 100_000, 199_999] {
            #expect(try StandardStreams.readStart(of: path, bytesMax: count) == Array(content[..<count]))
        }
        #expect(throws: SystemError(errno: ENOENT)) { try StandardStreams.readStart(of: path + ".no", bytesMax: 1) }
    }
}
