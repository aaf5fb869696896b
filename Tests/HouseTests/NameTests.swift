import Testing

/// What things are called.
@Suite struct NameTests {
    private static let emptyEndings = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Data", "Info",
    ]

    @Test func `no type, file or folder has a name that says nothing`() throws {
        for source in try SourceFile.product() + SourceFile.all(in: "Tests") {
            let folders = source.path.split(separator: "/").dropLast().map(String.init)
            let types = source.lines.compactMap(\.declaredType).map(String.init)
            for name in folders + [source.name] + types {
                #expect(!Self.emptyEndings.contains { name.hasSuffix($0) }, "\(source.path): \(name)")
            }
        }
    }

    @Test func `no type has its module's name`() throws {
        for source in try SourceFile.product() {
            for name in source.lines.compactMap(\.declaredType) { #expect(name != source.target, "\(source.path)") }
        }
    }

    @Test func `no two types of the product share a name`() throws {
        var places: [Substring: String] = [:]
        for source in try SourceFile.product() {
            for line in source.lines where line.text.first?.isWhitespace == false {
                guard let name = line.declaredType, !line.text.contains("typealias") else { continue }
                #expect(places[name] == nil, "\(name) in \(source.path) and \(places[name] ?? "")")
                places[name] = source.path
            }
        }
    }

    @Test func `every test is named with a sentence`() throws {
        for source in try SourceFile.all(in: "Tests") {
            for (index, line) in source.lines.enumerated() where line.codeWithoutStrings.contains("@Test") {
                let head = source.lines[index...].prefix(12).map(\.text).joined(separator: " ")
                guard let place = head.range(of: "func ") else { continue }
                let isSentence =
                    head[place.upperBound...].hasPrefix("`") || head[..<place.lowerBound].contains("@Test(\"")
                #expect(isSentence, "\(source.path):\(line.number)")
            }
        }
    }
}
