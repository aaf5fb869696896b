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
