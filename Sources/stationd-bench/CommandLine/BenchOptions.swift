/// What the command line asks for.
struct BenchOptions: Equatable {
    /// A measurement, named like its command.
    enum Part: String, CaseIterable, Sendable { case http, fanout, idle, replay, recover, uplink, disk, crowd }

    /// What to measure, in this order.
    var parts: [Part] = []
    var isHelp = false
    var isQuick = false
    var isJSON = false
    var isPinning = true
    /// The directory for the data, in which the bench creates its own folder.
    var directory = "/var/tmp"
    /// The server to measure; nil means the `stationd` beside this executable.
    var stationd: String?

    // For `http`; nil means the usual ones.

    /// The numbers of connections to measure.
    var connections: [Int]?
    var work: Load.Work?
    /// Requests per second; nil means a closed loop.
    var rate: Double?
    /// Seconds per round, for `http`, `fanout`, `disk` and `crowd`.
    var seconds: Double?

    // For `fanout`; nil means the usual ones.

    /// The number of listeners.
    var listeners: Int?
    /// Tickets per second.
    var rates: [Double]?
    /// Connections that file tickets in a closed loop.
    var posters: [Int]?

    /// How long a sync takes in `disk`, in milliseconds; nil means the usual ones.
    var delays: [Int]?
    /// The loads of `crowd`; nil means all.
    var loads: [CrowdLoad]?

    /// The size of `idle` (connections), `replay` (events), `recover` and `crowd` (tickets) or `uplink` (events).
    var count: Int?

    init() {}

    /// Parses the arguments after the program's name.
    init(_ arguments: [String]) throws(BenchFault) {
        var rest = arguments[...]
        guard let command = rest.popFirst() else { throw .usage("a command is missing") }
        switch command {
        case "all": parts = Part.allCases
        case "--help", "-h", "help": isHelp = true
        default:
            guard let part = Part(rawValue: command) else { throw .usage("there is no command \(command)") }
            parts = [part]
        }
        while let option = rest.popFirst() {
            if try !parseShared(option, &rest, isAll: command == "all") { try parseOwn(option, &rest, of: command) }
        }
        if rates != nil, posters != nil { throw .usage("--rate and --posters exclude each other: give one of them") }
    }

    /// Parses an option that every command has. Returns false if it is another one.
    private mutating func parseShared(
        _ option: String, _ rest: inout ArraySlice<String>, isAll: Bool
    ) throws(BenchFault) -> Bool {
        switch option {
        case "--help", "-h": isHelp = true
        case "--json": isJSON = true
        case "--no-pin": isPinning = false
        case "--directory": directory = try Self.text(&rest, of: option)
        case "--stationd": stationd = try Self.text(&rest, of: option)
        case "--quick" where isAll: isQuick = true
        default: return false
        }
        return true
    }

    /// Parses an option of one command.
    private mutating func parseOwn(
        _ option: String, _ rest: inout ArraySlice<String>, of command: String
    ) throws(BenchFault) {
        switch (command, option) {
        case ("http", "--connections"): connections = try Self.numbers(&rest, of: option, 1...10_000)
        case ("http", "--work"):
            let word = try Self.text(&rest, of: option)
            guard let work = Load.Work(rawValue: word) else { throw .usage("--work must be create, read or mix") }
            self.work = work
        case ("http", "--rate"): rate = Double(try Self.number(&rest, of: option, 1...1_000_000))
        case ("http", "--seconds"), ("fanout", "--seconds"), ("disk", "--seconds"), ("crowd", "--seconds"):
            seconds = Double(try Self.number(&rest, of: option, 1...3600))
        case ("fanout", "--listeners"): listeners = try Self.number(&rest, of: option, 1...50_000)
        case ("fanout", "--rate"): rates = try Self.numbers(&rest, of: option, 1...100_000).map(Double.init)
        case ("fanout", "--posters"): posters = try Self.numbers(&rest, of: option, 1...10_000)
        case ("idle", "--connections"): count = try Self.number(&rest, of: option, 1...50_000)
        // A station keeps no more than that for one user.
        case ("replay", "--events"): count = try Self.number(&rest, of: option, 1...10_000)
        case ("recover", "--tickets"): count = try Self.number(&rest, of: option, 1...10_000_000)
        case ("uplink", "--events"): count = try Self.number(&rest, of: option, 1...1_000_000)
        case ("disk", "--delay"): delays = try Self.numbers(&rest, of: option, 1...10_000)
        case ("crowd", "--tickets"): count = try Self.number(&rest, of: option, 1...10_000_000)
        case ("crowd", "--load"): loads = try Self.loads(&rest, of: option)
        default: throw .usage("\(command) has no option \(option)")
        }
    }

    // MARK: Values

    private static func text(_ rest: inout ArraySlice<String>, of option: String) throws(BenchFault) -> String {
        guard let text = rest.popFirst(), !text.isEmpty else { throw .usage("\(option) needs a value") }
        return text
    }

    /// Loads separated by commas.
    private static func loads(_ rest: inout ArraySlice<String>, of option: String) throws(BenchFault) -> [CrowdLoad] {
        var loads: [CrowdLoad] = []
        for word in try text(&rest, of: option).split(separator: ",", omittingEmptySubsequences: false) {
            guard let load = CrowdLoad(rawValue: String(word)) else {
                let words = CrowdLoad.allCases.map(\.rawValue).joined(separator: ", ")
                throw .usage("\(option) must be some of \(words)")
            }
            loads.append(load)
        }
        return loads
    }

    private static func number(
        _ rest: inout ArraySlice<String>, of option: String, _ range: ClosedRange<Int>
    ) throws(BenchFault) -> Int {
        let numbers = try numbers(&rest, of: option, range)
        guard numbers.count == 1 else { throw .usage("\(option) takes one number") }
        return numbers[0]
    }

    /// Numbers separated by commas.
    private static func numbers(
        _ rest: inout ArraySlice<String>, of option: String, _ range: ClosedRange<Int>
    ) throws(BenchFault) -> [Int] {
        let text = try text(&rest, of: option)
        var numbers: [Int] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int(word), range.contains(number) else {
                throw .usage("\(option) needs whole numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            numbers.append(number)
        }
        return numbers
    }
}
