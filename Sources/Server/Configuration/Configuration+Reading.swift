import Bytes
import Gateway
import JSON

extension Configuration {
    /// The largest file that is read, in bytes.
    public static let fileBytesMax = 256 * 1024

    /// Reads `stationd.json`: JSON with comments, in which every setting may be omitted.
    ///
    /// - Parameter file: the file's name for error messages.
    /// - Throws: all faults together: a syntax error (alone), unknown settings, values that break their rules, and
    ///   settings that contradict each other.
    public static func read(bytes: [UInt8], file: String) throws(ConfigurationFault) -> Configuration {
        // Editors on Windows begin a file with one.
        let bytes = JSONParser.withoutByteOrderMark(bytes)
        let root: JSONValue
        do {
            root = try JSONParser.parse(bytes, limits: JSONLimits(depthMax: 8, bytesMax: fileBytesMax), comments: true)
        } catch {
            throw ConfigurationFault(messages: ["\(file):\(error.line): \(error.message), at column \(error.column)"])
        }
        var reading = ConfigurationReading(bytes: bytes)
        reading.read(root)
        guard reading.faults.isEmpty else {
            // A stable sort keeps faults on one line in the order of the file.
            let lines = reading.faults.enumerated().sorted {
                ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
            }
            throw ConfigurationFault(messages: lines.map { "\(file):\($0.element.line): \($0.element.message)" })
        }
        return reading.configuration
    }
}

/// One pass over a configuration that collects its faults.
private struct ConfigurationReading {
    let bytes: [UInt8]
    var configuration = Configuration()
    var faults: [(line: Int, message: String)] = []
    /// Settings whose value was refused. Their relations to others are not checked.
    private var refused: Set<String> = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func read(_ root: JSONValue) {
        guard let object = root.objectValue else {
            fault(at: [], "the configuration must be an object in braces (is \(excerpt(root)))")
            return
        }
        for (name, value) in object.members {
            if Self.sections.contains(name) {
                read(section: name, value)
            } else {
                read(setting: [name], value)
            }
        }
        for (name, message) in configuration.upstream.faults {
            guard refused.isDisjoint(with: ["upstream.url", "upstream.\(name)"]) else { continue }
            fault(at: ["upstream", name], message)
        }
        for fault in configuration.limits.faults() {
            let names = fault.names.map { "limits.\($0)" }
            guard refused.isDisjoint(with: names) else { continue }
            let paths = fault.names.map { ["limits", $0] }
            let path = paths.first { JSONLocator.position(of: $0, in: bytes, comments: true) != nil }
            self.fault(at: path ?? ["limits"], fault.message)
        }
    }

    private mutating func read(section: String, _ value: JSONValue) {
        guard let object = value.objectValue else {
            fault(at: [section], "\(section) must be an object in braces (is \(excerpt(value)))")
            return
        }
        for (name, value) in object.members { read(setting: [section, name], value) }
    }

    private mutating func read(setting path: [String], _ value: JSONValue) {
        let name = path.joined(separator: ".")
        // A full stop within a member's name does not separate section and setting.
        let isPlain = path.allSatisfy { !$0.contains(".") }
        guard isPlain, let setting = Configuration.settings.first(where: { $0.name == name }) else {
            fault(at: path, "unknown setting \(shown(name))\(hint(for: path))")
            return
        }
        guard setting.read(value, &configuration) else {
            refused.insert(name)
            let given = setting.isSecret ? "" : " (is \(excerpt(value)))"
            fault(at: path, "\(name) \(setting.rule)\(given)")
            return
        }
    }

    /// The names of the sections.
    private static let sections = Set(
        Configuration.settings.compactMap { setting in
            let parts = setting.name.split(separator: ".")
            return parts.count == 2 ? String(parts[0]) : nil
        })

    /// A suggestion: the same name in another place, otherwise a similar one in this place.
    private func hint(for path: [String]) -> String {
        guard let last = path.last, !last.contains(".") else { return "" }
        let names = Configuration.settingNames
        if let elsewhere = names.first(where: { $0.hasSuffix(".\(last)") || $0 == last }) {
            return "; did you mean \(elsewhere)?"
        }
        let section = path.count == 2 ? "\(path[0])." : ""
        let here =
            section.isEmpty
            ? Self.sections.sorted() + names.filter { !$0.contains(".") }
            : names.filter { $0.hasPrefix(section) }.map { String($0.dropFirst(section.count)) }
        return Spelling.nearest(to: last, among: here).map { "; did you mean \(section)\($0)?" } ?? ""
    }

    private mutating func fault(at path: [String], _ message: String) {
        var path = path
        var position = JSONLocator.position(of: path, in: bytes, comments: true)
        while position == nil, !path.isEmpty {
            path.removeLast()
            position = JSONLocator.position(of: path, in: bytes, comments: true)
        }
        faults.append((position?.line ?? 1, message))
    }

    /// A value as in the file, truncated if it is long.
    private func excerpt(_ value: JSONValue) -> String { shown(value.text) }

    private func shown(_ text: String) -> String { text.count <= 60 ? text : "\(text.prefix(57))..." }
}
