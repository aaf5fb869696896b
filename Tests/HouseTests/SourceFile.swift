import Foundation

/// A Swift file of this package.
struct SourceFile {
    struct Line {
        /// From 1.
        let number: Int
        let text: Substring

        /// The line without a comment at its end.
        var code: Substring { text.range(of: "//").map { text[..<$0.lowerBound] } ?? text }

        /// The same with the contents of string literals left out.
        var codeWithoutStrings: Substring {
            guard text.contains("\"") else { return code }
            let bare = text.replacing(#/"(?:\\.|[^"\\])*"/#, with: "\"\"")
            return bare.range(of: "//").map { bare[..<$0.lowerBound] } ?? bare
        }

        /// The module that is imported here.
        var importedModule: String? {
            guard text.contains("import ") else { return nil }
            let words = code.split(separator: " ")
            guard let place = words.firstIndex(of: "import"),
                words[..<place].allSatisfy({ $0.hasPrefix("@") || ["public", "private", "internal"].contains($0) })
            else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            return words[(place + 1)...].first { !kinds.contains(String($0)) }.map {
                Manifest.targetName(ofModule: String($0.prefix { $0 != "." }))
            }
        }

        /// The name of the type that is declared here.
        var declaredType: Substring? {
            let kinds = ["struct ", "class ", "enum ", "protocol ", "actor ", "typealias "]
            guard kinds.contains(where: { text.contains($0) }) else { return nil }
            let words = code.split(separator: " ")
            guard let place = words.firstIndex(where: { kinds.contains("\($0) ") }), place + 1 < words.count else {
                return nil
            }
            let name = words[place + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return name.first?.isUppercase == true ? name : nil
        }
    }

    /// The package's directory.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Relative to the package's directory.
    let path: String
    let lines: [Line]

    /// The directory below `Sources` or `Tests`.
    var target: String { String(path.split(separator: "/")[1]) }

    /// The file's name without its ending.
    var name: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The product's Swift files.
    static func product() throws -> [SourceFile] { try all(in: "Sources") + all(in: "share") }

    /// All Swift files below a directory, in the order of their names.
    static func all(in directory: String) throws -> [SourceFile] {
        let base = root.appendingPathComponent(directory)
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return try walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let path = "\(directory)/\(name)"
            var lines = try text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            return SourceFile(path: path, lines: lines.enumerated().map { Line(number: $0 + 1, text: $1) })
        }
    }
}
