/// What is aimed at.
enum Aim: Hashable, Sendable {
    /// Of the figure divided by the machine's limit.
    case ratioAtLeast(Double)
    case ratioAtMost(Double)
    /// Of the figure itself.
    case atMost(Double)

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
    var work: String
    var unit: String
    var station: Double
    /// What the machine allows for the same work; nil where there is no honest peer.
    var limit: Double?
    var aim: Aim?

    /// Nil without a limit, and where that is 0.
    var ratio: Double? {
        guard let limit, limit > 0 else { return nil }
        return station / limit
    }

    /// Nil without an aim.
    var isMet: Bool? {
        switch aim {
        case nil: nil
        case .ratioAtLeast(let value): ratio.map { $0 >= value }
        case .ratioAtMost(let value): ratio.map { $0 <= value }
        case .atMost(let value): station <= value
        }
    }
}

/// The middle of several rounds.
enum Rounds {
    /// The median; 0 for none.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Numbers as people read them.
enum Decimals {
    /// With so many digits behind the point, rounded; `digits` is 0 to 6.
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

    /// Three digits or so that say something: `0.063`, `4.21`, `95.3`, `136,000`.
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
