/// The options of the command line.
struct SimulationOptions: Equatable {
    enum Task: Equatable { case hunt, trial, everyCall, help }

    var task = Task.hunt
    var firstSeed: UInt64 = 1
    var count = 100
    /// How long to run seeds; overrides the count.
    var minutes: Int?
    var isVerbose = false

    init(_ arguments: [String]) throws(SimulationUsageFault) {
        var hasSeed = false
        var hasCount = false
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--seed":
                firstSeed = UInt64(try Self.number(&rest, of: option, 0...Int.max))
                hasSeed = true
            case "--count":
                count = try Self.number(&rest, of: option, 1...1_000_000_000)
                hasCount = true
            case "--minutes": minutes = try Self.number(&rest, of: option, 1...100_000)
            case "--verbose": isVerbose = true
            case "--trial": task = .trial
            case "--every-call": task = .everyCall
            case "--help", "-h": task = .help
            default: throw SimulationUsageFault(message: "unknown option \(option)")
            }
        }
        if task == .trial, hasCount || minutes != nil || isVerbose {
            throw SimulationUsageFault(message: "--trial takes no other option than --seed")
        }
        if task == .everyCall, minutes != nil || isVerbose {
            throw SimulationUsageFault(message: "--every-call takes no other options than --seed and --count")
        }
        if !hasCount, minutes == nil, hasSeed || task == .everyCall { count = 1 }
    }

    private static func number(
        _ rest: inout ArraySlice<String>, of option: String, _ range: ClosedRange<Int>
    ) throws(SimulationUsageFault) -> Int {
        guard let text = rest.popFirst(), let number = Int(text), range.contains(number) else {
            throw SimulationUsageFault(
                message: "\(option) needs a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// A mistake in the command line.
struct SimulationUsageFault: Error, Hashable {
    let message: String
}
