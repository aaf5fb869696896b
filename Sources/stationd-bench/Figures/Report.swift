import JSON

/// Everything that one call of the bench has measured.
struct Report {
    /// The figures of one part.
    struct Section {
        let part: BenchOptions.Part
        var figures: [Figure] = []
        /// Remarks needed to read the figures.
        var notes: [String] = []
        /// Why the part ended early; nil if it did not.
        var fault: String?
    }

    var sections: [Section] = []
    /// How the machine was set up: names and values.
    var setting: [(name: String, value: JSONValue)] = []
    /// Notifications lost in all runs; should be 0.
    var lost = 0
    /// Notifications that came twice in all runs; should be 0.
    var doubled = 0

    /// Adds a figure to the section of the part that is running.
    mutating func add(_ figure: Figure) {
        guard !sections.isEmpty else { return }
        sections[sections.count - 1].figures.append(figure)
    }

    /// Adds a note to the section of the part that is running.
    mutating func note(_ text: String) {
        guard !sections.isEmpty else { return }
        sections[sections.count - 1].notes.append(text)
    }

    /// The share of the machine that other processes used, for each run.
    private var foreignShares: [Double] = []

    /// Adds the lost and duplicate notifications of some runs, of the station or the bare responder, and how much other
    /// processes disturbed them.
    mutating func count(_ results: [LoadResult]) {
        for result in results {
            lost += result.lost
            doubled += result.doubled
            foreignShares.append(result.foreignShare)
        }
    }

    /// Notes how busy the generator kept its processor in a closed loop.
    mutating func noteGenerator(_ name: String, station: [LoadResult], bare: [LoadResult]) {
        func percent(_ results: [LoadResult]) -> String {
            Decimals.text(Rounds.median(results.map(\.generatorShare)) * 100, digits: 0)
        }
        note(
            "\(name): the generator was busy \(percent(station)) % of the time, "
                + "and \(percent(bare)) % with the bare responder")
    }

    /// Notes each figure where the station is well above the limit. As that cannot be, something disturbed the bare
    /// responder, and neither the ratio nor `met` means anything.
    mutating func noteDisturbedLimits() {
        let disturbed = sections.last?.figures.filter { figure in
            if case .ratioAtLeast = figure.aim { figure.ratio ?? 0 > Self.ratioPlausibleMax } else { false }
        }
        for figure in disturbed ?? [] {
            note("\(figure.work): the limit was disturbed, so neither the ratio nor `met` holds")
        }
    }

    private static let ratioPlausibleMax = 1.1

    // MARK: As a table

    private static let heads = ["", "stationd", "machine's limit", "unit", "ratio", "aim", "met"]

    /// The report as text, one table per part.
    var text: String {
        var rows = [Self.heads]
        for section in sections { rows += section.figures.map(Self.row) }
        let widths = Self.heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            var text = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                let isNumber = column == 1 || column == 2 || column == 4
                text += isNumber ? padding + cell : cell + padding
                text += "  "
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        var lines = setting.map { "\($0.name): \(Self.plain($0.value))" }
        for section in sections {
            lines += ["", section.part.rawValue, line(Self.heads)]
            lines += section.figures.map { line(Self.row($0)) }
            lines += section.notes.map { "  \($0)" }
            if let fault = section.fault { lines.append("  This part ended early: \(fault)") }
        }
        lines.append("")
        if let most = foreignShares.max() {
            let median = Decimals.text(Rounds.median(foreignShares) * 100, digits: 0)
            lines.append(
                "other processes used \(median) % of the machine (median of the runs; at most "
                    + "\(Decimals.text(most * 100, digits: 0)) %)")
        }
        lines.append("notifications lost: \(lost), doubled: \(doubled)")
        return lines.joined(separator: "\n")
    }

    private static func row(_ figure: Figure) -> [String] {
        [
            figure.work, Decimals.text(figure.station), figure.limit.map { Decimals.text($0) } ?? "-", figure.unit,
            figure.ratio.map { Decimals.text($0, digits: 2) } ?? "-", figure.aim?.text ?? "",
            figure.isMet.map { $0 ? "yes" : "no" } ?? "",
        ]
    }

    private static func plain(_ value: JSONValue) -> String { value.stringValue ?? value.text }

    // MARK: As JSON

    /// The report as one JSON object.
    var json: JSONValue {
        var parts = JSONObject()
        for section in sections {
            var object: JSONObject = [
                "figures": .array(section.figures.map(Self.object)),
                "notes": .array(section.notes.map { .string($0) }),
            ]
            if let fault = section.fault { object["fault"] = .string(fault) }
            parts[section.part.rawValue] = .object(object)
        }
        var machine = JSONObject()
        for (name, value) in setting { machine[name] = value }
        return [
            "setting": .object(machine), "parts": .object(parts), "lost": .integer(Int64(lost)),
            "doubled": .integer(Int64(doubled)),
            "foreign_share": foreignShares.isEmpty ? .null : .double(Rounds.median(foreignShares)),
        ]
    }

    private static func object(_ figure: Figure) -> JSONValue {
        var object: JSONObject = [
            "work": .string(figure.work), "unit": .string(figure.unit), "stationd": .double(figure.station),
            "limit": figure.limit.map { .double($0) } ?? .null, "ratio": figure.ratio.map { .double($0) } ?? .null,
        ]
        switch figure.aim {
        case .ratioAtLeast(let value): object["aim"] = ["ratio_at_least": .double(value)]
        case .ratioAtMost(let value): object["aim"] = ["ratio_at_most": .double(value)]
        case .atMost(let value): object["aim"] = ["at_most": .double(value)]
        case nil: object["aim"] = .null
        }
        object["met"] = figure.isMet.map { .bool($0) } ?? .null
        return .object(object)
    }
}
