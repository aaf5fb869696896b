/// A table of what recovery does with one kind of thing in the data directory.
///
/// Recovery collects the facts about a thing, looks up the case that they make, and does what the case's row says:
///
/// | table | about |
/// |---|---|
/// | `StationFileCase` | `station.json` |
/// | `CursorFileCase` | the files in cursors/ |
/// | `JournalFileCase` | the files in journal/ that are not segments |
/// | `SegmentCase` | a segment as a whole |
/// | `PlaceCase` | a bad place in a segment that is kept |
/// | `ReplacementCase` | what replaces a damaged place |
/// | `RecordCase` | the number of a record |
/// | `LastSegmentCase` | the segment that will be appended to |
/// | `JournalEndCase` | the number of the next record |
///
/// Exactly one case of a table matches any combination of its facts. The tests enumerate the combinations, and drive
/// recovery through every case. `DocumentFiles.readAll` documents the cases of directories of documents.
///
/// The raw value is the case's name: what was found.
protocol RecoveryCase: CaseIterable, Hashable, RawRepresentable<String>, Sendable {
    /// A statement that may be true of the thing. The raw values count from 0.
    associatedtype Fact: CaseIterable, RawRepresentable<Int>, Sendable
    /// A way to treat the thing.
    associatedtype Treatment: Equatable, Sendable

    /// When the case applies, how the thing is treated, and what is reported.
    var row: RecoveryRow<Fact, Treatment> { get }

    /// The case of each combination of facts: stored by each table, made by `indexed()`.
    static var byFacts: [Self] { get }
}

extension RecoveryCase {
    /// The case that these facts make. O(1).
    static func matching(_ facts: Facts<Fact>) -> Self { byFacts[facts.bits] }

    /// The severity of the finding; nil if nothing is reported.
    var severity: Finding.Severity? { row.severity }

    /// The usual treatment.
    var treatment: Treatment { row.treatment }

    /// The treatment on a disk without the space that the usual one needs.
    var treatmentWithoutSpace: Treatment { row.treatmentWithoutSpace }

    /// Finds the case of each combination of facts.
    ///
    /// - Precondition: exactly one case matches each.
    static func indexed() -> [Self] {
        let rows = allCases.map { (key: $0, row: $0.row) }
        return Facts<Fact>.combinations.map { facts in
            let matches = rows.filter { $0.row.matches(facts) }
            precondition(matches.count == 1, "\(Self.self): \(matches.count) cases match the facts \(facts.names)")
            return matches[0].key
        }
    }
}

/// One row of a table: when a case applies, how the thing is treated, and what is reported.
struct RecoveryRow<Fact: CaseIterable & RawRepresentable<Int> & Sendable, Treatment: Equatable & Sendable>: Sendable {
    /// Facts that must hold. Facts that are in neither set make no difference.
    let required: Facts<Fact>
    /// Facts that must not hold.
    let excluded: Facts<Fact>
    let treatment: Treatment
    let treatmentWithoutSpace: Treatment
    /// The severity of the finding; nil where nothing is reported.
    let severity: Finding.Severity?

    /// - Parameter withoutSpace: nil where the treatment needs no space, or the start is refused without it.
    init(
        when required: Facts<Fact> = [], unless excluded: Facts<Fact> = [], does treatment: Treatment,
        withoutSpace: Treatment? = nil, reports severity: Finding.Severity? = nil
    ) {
        self.required = required
        self.excluded = excluded
        self.treatment = treatment
        treatmentWithoutSpace = withoutSpace ?? treatment
        self.severity = severity
    }

    func matches(_ facts: Facts<Fact>) -> Bool {
        facts.bits & required.bits == required.bits && facts.bits & excluded.bits == 0
    }
}

/// The facts that hold for one thing, a bit for each.
struct Facts<Fact: CaseIterable & RawRepresentable<Int> & Sendable>: Hashable, Sendable {
    private(set) var bits = 0

    /// Notes a fact if it holds.
    mutating func note(_ fact: Fact, _ holds: Bool) {
        if holds { bits |= 1 << fact.rawValue }
    }

    /// Every combination, in the order of `bits`.
    static var combinations: [Self] {
        (0..<(1 << Fact.allCases.count)).map { bits in
            var facts = Self()
            facts.bits = bits
            return facts
        }
    }

    /// The names of the facts that hold.
    var names: [String] { Fact.allCases.filter { bits >> $0.rawValue & 1 == 1 }.map { "\($0)" } }
}

extension Facts: ExpressibleByArrayLiteral {
    init(arrayLiteral facts: Fact...) {
        for fact in facts { note(fact, true) }
    }
}

extension Facts: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral facts: (Fact, Bool)...) {
        for (fact, holds) in facts { note(fact, holds) }
    }
}

extension [Finding] {
    /// Adds what a case reports; nothing where it reports nothing.
    mutating func report(
        _ severity: Finding.Severity?, _ file: String, offset: Int? = nil, line: Int? = nil,
        problem: String, action: String? = nil
    ) {
        guard let severity else { return }
        append(Finding(severity, file: file, offset: offset, line: line, problem: problem, action: action))
    }
}
