import JSON

/// Text for a terminal.
enum PlainText {
    /// `text` with every control character replaced by `?`: a user's name must not control the terminal.
    static func visible(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }

    /// A JSON value as a table cell. Absent and empty values become a dash.
    static func cell(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: "-"
        case .string(let text): text.isEmpty ? "-" : visible(text)
        case .bool(let flag): flag ? "yes" : "no"
        case .some(let other): other.text
        }
    }

    /// Rows below a title row, in aligned columns two spaces apart.
    static func table(_ title: [String], _ rows: [[String]]) -> String {
        let lines = [title] + rows
        let widths = title.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for cells in lines {
            var line = ""
            for (cell, width) in zip(cells, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
