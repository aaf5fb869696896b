import Foundation
import Testing

/// README.md and the pages below share/doc.
@Suite struct DocumentTests {
    private static let columnsMax = 120
    private static let readmeLinesMax = 150

    private static func pages() throws -> [(path: String, lines: [Substring])] {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: SourceFile.root.appendingPathComponent("share/doc").path)
        let paths = ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "share/doc/\($0)" }
        try #require(paths.count > 9)
        return try paths.map { path in
            (path, try SourceFile.text(of: path).split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: SourceFile.root.appendingPathComponent(path).path)
    }

    @Test func `no line exceeds 120 columns`() throws {
        for page in try Self.pages() {
            let wide = page.lines.enumerated().filter { $1.count > Self.columnsMax }.map { $0.offset + 1 }
            #expect(wide == [], "\(page.path)")
        }
    }

    @Test func `README.md has at most 150 lines and the two commands`() throws {
        let readme = try SourceFile.text(of: "README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= Self.readmeLinesMax + 1)
        for command in ["swift run -c release stationd serve --demo", "swift test"] {
            #expect(readme.contains(command), "\(command)")
        }
    }

    @Test func `every link leads somewhere, headings included`() throws {
        for page in try Self.pages() {
            let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
            for (index, line) in page.lines.enumerated() {
                let text = line.replacing(#/`[^`]*`/#, with: "")
                for match in text.matches(of: #/\]\(([^)\s]+)\)/#) where !match.1.hasPrefix("http") {
                    let parts = match.1.split(separator: "#", omittingEmptySubsequences: false)
                    let target = parts[0].isEmpty ? page.path : Self.resolve(String(parts[0]), in: folder)
                    #expect(Self.exists(target), "\(page.path):\(index + 1) links to \(match.1)")
                    guard parts.count == 2, target.hasSuffix(".md") else { continue }
                    let anchors = try SourceFile.text(of: target).split(separator: "\n").compactMap(Self.anchor)
                    #expect(anchors.contains(String(parts[1])), "\(page.path):\(index + 1) links to \(match.1)")
                }
            }
        }
    }

    @Test func `every test that security.md names exists`() throws {
        let files = try SourceFile.all(in: "Tests").map(\.name)
        let page = try SourceFile.text(of: "share/doc/security.md")
        let named = page.matches(of: #/`([A-Z][\w+]*(?:Tests|\+Malformed))`/#).map { String($0.1) }
        #expect(named.count > 30)
        for name in named { #expect(files.contains(name), "\(name)") }
    }

    @Test func `every path of this repository that is named exists`() throws {
        let named = #/(?:^|[\s`(])((?:Sources|Tests|share|etc|\.ci)\/[\w.+\-\/]*[\w+\/])/#
        for page in try Self.pages() {
            for (index, line) in page.lines.enumerated() {
                for match in line.matches(of: named) {
                    #expect(Self.exists(String(match.1)), "\(page.path):\(index + 1) names \(match.1)")
                }
            }
        }
    }

    @Test func `share/doc/README.md lists every page`() throws {
        let contents = try SourceFile.text(of: "share/doc/README.md")
        for page in try Self.pages() where page.path != "README.md" && page.path != "share/doc/README.md" {
            let name = page.path.split(separator: "/").last ?? ""
            #expect(contents.contains("(\(name))"), "\(page.path)")
        }
    }

    /// A relative path without `..`.
    private static func resolve(_ path: String, in folder: String) -> String {
        var parts = folder.split(separator: "/")
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// The anchor that GitHub gives a heading.
    private static func anchor(_ line: Substring) -> String? {
        guard line.hasPrefix("#") else { return nil }
        let heading = line.drop { $0 == "#" || $0 == " " }.lowercased()
        return String(heading.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
    }
}
