import Bytes

/// The words of a query, which are found in texts in any case, with or without diacritics, as `LetterFolding` reads
/// them. Words end at white space.
///
/// A text costs O(n) in its bytes, whatever the words are: it is scanned at most `scoutCountMax + 1` times.
struct TextSearch: Sendable {
    /// A word with an automaton of its own, which can pass over what cannot be its beginning.
    private struct Scout {
        let word: WordSet
        let automaton: WordAutomaton
    }

    /// Every word.
    let all: WordSet

    /// The longest words, longest first. Most texts lack one of them and are not looked at again.
    private let scouts: [Scout]

    /// Finds all words in one pass.
    private let automaton: WordAutomaton

    /// The words that are numbers: as a ticket's they may begin with `#`.
    private var ticketNumbers: [Identifier: WordSet] = [:]
    private var stationNumbers: [Identifier: WordSet] = [:]

    /// The words of digits alone, with a sign at most: parts of telephone numbers, and of much else.
    private var digits: WordSet = 0

    /// The words that addresses and telephone numbers are searched for. If a query has one or two digits in all, they
    /// mean a ticket or a swap station, and not the telephone numbers of half of the users.
    private var ofContacts: WordSet = 0

    private static let dialledCountMin = 3

    private static let scoutCountMax = 3

    /// Reads a query of at most `TextLimits.searchMax` scalars. Words beyond that are not looked for.
    init(_ query: String) {
        var needles: [[UInt8]] = []
        let scalars = query.unicodeScalars.prefix(TextLimits.searchMax)
        for word in scalars.split(whereSeparator: \.properties.isWhitespace) {
            let needle = LetterFolding.table.folded(Substring(word).utf8)
            if !needle.isEmpty && !needles.contains(needle) { needles.append(needle) }
        }
        let numbered = needles.enumerated().map { (bytes: $1, word: $0) }
        var (rest, scouts) = (numbered, [Scout]())
        let scoutCount = needles.count <= Self.scoutCountMax + 1 ? needles.count : Self.scoutCountMax
        while scouts.count < scoutCount {
            // The first of the longest.
            var longest = 0
            for place in rest.indices where rest[place].bytes.count > rest[longest].bytes.count { longest = place }
            let needle = rest.remove(at: longest)
            scouts.append(Scout(word: 1 << WordSet(needle.word), automaton: WordAutomaton([needle])))
        }
        self.scouts = scouts
        automaton = needles.count == 1 ? scouts[0].automaton : WordAutomaton(numbered)
        all = needles.isEmpty ? 0 : WordSet.max >> WordSet(WordSet.bitWidth - needles.count)
        let plus = UInt8(ascii: "+")
        var digitCount = 0
        for (bytes, word) in numbered where bytes.allSatisfy({ $0.isASCIIDigit || $0 == plus }) {
            digits |= 1 << WordSet(word)
            digitCount += bytes.count(where: \.isASCIIDigit)
        }
        ofContacts = digitCount < Self.dialledCountMin ? all & ~digits : all
        for (bytes, word) in numbered {
            let isMarked = bytes.first == UInt8(ascii: "#")
            guard let number = Decimal.parse(isMarked ? bytes.dropFirst() : bytes[...]),
                let id = Identifier(exactly: number), id != 0
            else { continue }
            ticketNumbers[id, default: 0] |= 1 << WordSet(word)
            if !isMarked { stationNumbers[id, default: 0] |= 1 << WordSet(word) }
        }
    }

    /// Whether there is nothing to look for, so that everything is found.
    var isEmpty: Bool { all == 0 }

    /// The words that a text has.
    func words(in text: String, _ steps: inout Int) -> WordSet { automaton.found(in: text, wanted: all, &steps) }

    /// The words that name a user, an address or a telephone number. A telephone number is also found without the
    /// characters between its digits.
    func words(in contact: Contact, _ steps: inout Int) -> WordSet {
        var found = words(in: contact.username, &steps)
        guard ofContacts & ~found != 0 else { return found }
        found |= automaton.found(in: contact.email, wanted: ofContacts, &steps)
        guard let phone = contact.phone, ofContacts & ~found != 0 else { return found }
        found |= automaton.found(in: phone, wanted: ofContacts, &steps)
        if digits & ofContacts & ~found != 0 {
            let dialled = phone.utf8.filter { $0.isASCIIDigit || $0 == UInt8(ascii: "+") }
            found |= automaton.found(in: dialled.span, wanted: digits, &steps)
        }
        return found
    }

    /// The words that name a swap station by its name.
    func words(in station: SwapStation, _ steps: inout Int) -> WordSet { words(in: station.name, &steps) }

    /// The words that are the number of a ticket or of its swap station.
    func words(numbering ticket: Ticket) -> WordSet {
        guard !ticketNumbers.isEmpty else { return 0 }
        let own = ticketNumbers[ticket.id] ?? 0
        return own | (ticket.stationID.flatMap { stationNumbers[$0] } ?? 0)
    }

    /// How far the search of one ticket has got.
    struct Place {
        fileprivate var missing: WordSet
        fileprivate var scan = 0
        fileprivate var text = 0

        /// The scout that goes first.
        fileprivate let first: Int

        /// - Parameters:
        ///   - known: the words that were found elsewhere.
        ///   - previous: where a search ended that found nothing. What one ticket lacks, the next one often lacks too.
        init(_ search: TextSearch, known: WordSet, previous: Place?) {
            missing = search.all & ~known
            first = previous.map { $0.first + $0.scan } ?? 0
        }
    }

    /// Whether the texts of a ticket have every word that is not known; nil if that is not certain after `stepsMax`
    /// and at least one text. Then call it again with the same place, if the ticket is still the same.
    ///
    /// - Parameter includesInternal: whether internal comments are searched too.
    func isFound(
        in ticket: Ticket, includesInternal: Bool, _ place: inout Place, _ steps: inout Int, _ stepsMax: Int
    ) -> Bool? {
        while place.missing != 0 {
            let scout = place.scan < scouts.count ? scouts[(place.first + place.scan) % scouts.count] : nil
            let wanted = place.missing & (scout?.word ?? all)
            if wanted != 0 {
                let automaton = scout?.automaton ?? automaton
                guard
                    let isFound = scan(ticket, automaton, wanted, includesInternal, &place, &steps, stepsMax)
                else { return nil }
                guard isFound else { return false }
            }
            place.scan += 1
            place.text = 0
        }
        return true
    }

    /// Whether the texts of a ticket have all wanted words; nil if that is not certain after `stepsMax`.
    private func scan(
        _ ticket: Ticket, _ automaton: WordAutomaton, _ wanted: WordSet, _ includesInternal: Bool,
        _ place: inout Place, _ steps: inout Int, _ stepsMax: Int
    ) -> Bool? {
        let commentCount = ticket.commentsStored?.count ?? 0
        while true {
            steps += 1
            let missing = wanted & place.missing
            switch place.text {
            case 0: place.missing &= ~automaton.found(in: ticket.description, wanted: missing, &steps)
            case 1:
                if let response = ticket.response {
                    place.missing &= ~automaton.found(in: response, wanted: missing, &steps)
                }
            default:
                if let comment = ticket.commentsStored?[place.text - 2], includesInternal || !comment.isInternal {
                    place.missing &= ~automaton.found(in: comment.body, wanted: missing, &steps)
                }
            }
            if wanted & place.missing == 0 { return true }
            place.text += 1
            guard place.text < 2 + commentCount else { return false }
            guard steps < stepsMax else { return nil }
        }
    }
}
