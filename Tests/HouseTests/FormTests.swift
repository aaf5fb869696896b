import Foundation
import Testing

/// How files and folders look.
@Suite struct FormTests {
    private static let columnsMax = 120
    private static let linesMax = 500
    private static let filesPerFolderMax = 18

    @Test func `no file has more than 500 lines`() throws {
        for source in try SourceFile.product() + SourceFile.all(in: "Tests") {
            #expect(source.lines.count <= Self.linesMax, "\(source.path) has \(source.lines.count) lines")
        }
    }

    @Test func `no line of a source exceeds 120 columns or has stray white space`() throws {
        for source in try SourceFile.product() + SourceFile.all(in: "Tests") {
            let wide = source.lines.filter { $0.text.utf8.count > Self.columnsMax && $0.text.count > Self.columnsMax }
            #expect(wide.map(\.number) == [], "\(source.path) is too wide")
            let untidy = source.lines.filter { $0.text.utf8.contains(0x09) || $0.text.utf8.last == 0x20 }
            #expect(untidy.map(\.number) == [], "\(source.path) has tabs or trailing spaces")
        }
    }

    @Test func `no folder has more than 18 source files`() throws {
        var counts: [String: Int] = [:]
        for source in try SourceFile.product() + SourceFile.all(in: "Tests") {
            counts[source.path.split(separator: "/").dropLast().joined(separator: "/"), default: 0] += 1
        }
        let large = counts.filter { $0.value > Self.filesPerFolderMax }.map { "\($0.key): \($0.value)" }.sorted()
        #expect(large == [])
    }

    @Test func `the input path has no traps: no try!, as!, fatalError or forced unwrapping`() throws {
        let forced = #/[\w)\]]!(?![=\w])/#
        for source in try SourceFile.product() {
            for line in source.lines {
                let code = line.codeWithoutStrings
                for word in ["try!", "as!", "fatalError("] where code.contains(word) {
                    Issue.record("\(source.path):\(line.number) has \(word)")
                }
                #expect(code.firstMatch(of: forced) == nil, "\(source.path):\(line.number) forces an optional")
            }
        }
    }

    @Test func `nothing is marked as unfinished`() throws {
        for source in try SourceFile.product() {
            for line in source.lines where line.text.contains("TODO") || line.text.contains("FIXME") {
                Issue.record("\(source.path):\(line.number)")
            }
        }
    }

    @Test func `the top level holds what it should and nothing else`() throws {
        let entries = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.path)
            .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(Set(entries) == ["Package.swift", "README.md", "Sources", "Tests", "etc", "share"])
    }
}
