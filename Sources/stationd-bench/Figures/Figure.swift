/// The value that a figure should reach.
enum Aim: Hashable, Sendable {
    /// The least for the figure divided by the machine's limit.
    case ratioAtLeast(Double)
    /// The most for the figure divided by the machine's limit.
    case ratioAtMost(Double)
    /// The most for the figure itself, in its unit.
    case atMost(Double)

    /// The aim as the table shows it.
    var text: String {
        switch self {
        case .ratioAtLeast(let value): "≥ \(Decimals.text(value, digits: 1)) ×"
        case .ratioAtMost(let value): "≤ \(Decimals.text(value, digits: 1)) ×"
        case .atMost(let value): "≤ \(Decimals.text(value, digits: 0))"
        }
    }
}

/// One line of the table.
struct Figure: Hashable, Sendable {
    /// What was measured, under which load.
    var work: String
    var unit: String
    /// The station's value.
    var station: Double
    /// The value that the machine allows for the same work; nil if there is no fair comparison.
    var limit: Double?
    var aim: Aim?

    /// The station's value divided by the limit; nil if there is no limit or it is 0.
    var ratio: Double? {
        guard let limit, limit > 0 else { return nil }
        return station / limit
    }

    /// Whether the aim is met; nil if there is no aim or no ratio to judge.
    var isMet: Bool? {
        switch aim {
        case nil: nil
        case .ratioAtLeast(let value): ratio.map { $0 >= value }
        case .ratioAtMost(let value): ratio.map { $0 <= value }
        case .atMost(let value): station <= value
        }
    }
}

/// The middle value of several rounds.
enum Rounds {
    /// The median; 0 if there are no values.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Numbers formatted for people.
enum Decimals {
    /// The number rounded to `digits` decimal places, 0 to 6, with commas between the thousands.
    static func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "-" }
        var factor: Int64 = 1
        for _ in 0..<digits { factor *= 10 }
        let scaled = Int64((value.magnitude * Double(factor)).rounded())
        let whole = grouped(scaled / factor)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let fraction = String(scaled % factor)
        return sign + whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// The number with about three significant digits: `0.063`, `4.21`, `95.3`, `136,000`.
    static func text(_ value: Double) -> String {
        switch value.magnitude {
        case 0: "0"
        case ..<1: text(value, digits: 3)
        case ..<10: text(value, digits: 2)
        case ..<100: text(value, digits: 1)
        default: text(value, digits: 0)
        }
    }

    private static func grouped(_ value: Int64) -> String {
        var digits = Array(String(value))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return String(digits)
    }
}
