import Foundation

/// The targets that Package.swift declares, as far as its text tells.
struct Manifest {
    struct Target {
        let name: String
        let isTest: Bool
        let dependencies: Set<String>
        /// Relative to the package's directory.
        let directory: String
        /// Directories below that are not compiled.
        let excluded: [String]
    }

    let text: String
    let targets: [Target]

    init() throws {
        text = try SourceFile.text(of: "Package.swift")
        let declaration =
            #/\.(executableTarget|target|testTarget)\(\s*name: "([\w-]+)"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/#
        targets = text.matches(of: declaration).map { match in
            let (kind, name, rest) = (match.1, String(match.2), match.3)
            func list(_ label: String) -> [String] {
                guard let start = rest.range(of: "\(label): [")?.upperBound,
                    let end = rest[start...].firstIndex(of: "]")
                else { return [] }
                return rest[start..<end].matches(of: #/"([^"]+)"/#).map { String($0.1) }
            }
            let path = rest.firstMatch(of: #/path: "([^"]+)"/#).map { String($0.1) }
            let isTest = kind == "testTarget"
            return Target(
                name: name, isTest: isTest, dependencies: Set(list("dependencies")),
                directory: path ?? "\(isTest ? "Tests" : "Sources")/\(name)", excluded: list("exclude"))
        }
    }

    /// The name of the target whose module has a name: in a module's name `-` is `_`.
    static func targetName(ofModule name: String) -> String {
        name.contains("_") ? name.replacing("_", with: "-") : name
    }

    /// The targets whose modules a target's files import.
    func imports(of target: Target) throws -> Set<String> {
        var imports: Set<String> = []
        let excluded = target.excluded.map { "\(target.directory)/\($0)" }
        for source in try SourceFile.all(in: target.directory)
        where !excluded.contains(where: { source.path.hasPrefix($0) }) {
            imports.formUnion(source.lines.compactMap(\.importedModule))
        }
        return imports
    }
}
