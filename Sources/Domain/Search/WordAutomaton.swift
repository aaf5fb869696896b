import Bytes

/// The places of words in a query; bit n is the word n. A query has fewer than 128 words.
typealias WordSet = UInt128

/// Finds several words in one pass over a text: Aho and Corasick's automaton, with every transition filled in.
///
/// Each byte of a text, as `LetterFolding` gives it, is one transition, so a text costs O(n) whatever the words are.
/// Building it costs O(n) in the words for each different byte that they have.
struct WordAutomaton: Sendable {
    /// For each byte its column; 0 for bytes that no word has.
    private var columns = [UInt8](repeating: 0, count: 256)

    /// The next state for each state and column. `accepting` is set where that ends a word.
    private var transitions: [UInt16] = []

    /// The words that end in each state.
    private var words: [WordSet] = []

    /// The number of columns, a power of two, as a shift.
    private var columnShift = 0

    private var beginning: Beginning?

    private static let accepting: UInt16 = 0x8000

    /// Creates an automaton for folded words, none of which is empty, of less than 32,768 bytes together.
    init(_ needles: [(bytes: [UInt8], word: Int)]) {
        var columnCount = 1
        for byte in needles.flatMap(\.bytes) where columns[Int(byte)] == 0 {
            columns[Int(byte)] = UInt8(truncatingIfNeeded: columnCount)
            columnCount += 1
        }
        columnShift = max(1, columnCount - 1).bitWidth - max(1, columnCount - 1).leadingZeroBitCount
        for upper in 0x41...0x5A { columns[upper] = columns[upper | 0x20] }
        addState()
        for needle in needles { add(needle.bytes, needle.word) }
        fillIn()
        beginning = Beginning(needles.map(\.bytes))
    }

    private mutating func addState() {
        transitions.append(contentsOf: repeatElement(0, count: 1 << columnShift))
        words.append(0)
    }

    private mutating func add(_ needle: [UInt8], _ word: Int) {
        var state = 0
        for byte in needle {
            let cell = state << columnShift + Int(columns[Int(byte)])
            if transitions[cell] == 0 {
                transitions[cell] = UInt16(truncatingIfNeeded: words.count)
                addState()
            }
            state = Int(transitions[cell])
        }
        words[state] |= 1 << WordSet(word)
    }

    /// Completes the tree of words: where a state has no transition of its own, it has that of the longest word's
    /// beginning that its path ends with.
    private mutating func fillIn() {
        var fallback = [Int](repeating: 0, count: words.count)
        // A state is reached before those below it: breadth first, without the recursion.
        var queue = [0]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for column in 0..<1 << columnShift {
                let cell = state << columnShift + column
                let other = state == 0 ? 0 : Int(transitions[fallback[state] << columnShift + column])
                guard transitions[cell] != 0 else {
                    transitions[cell] = UInt16(truncatingIfNeeded: other)
                    continue
                }
                let child = Int(transitions[cell])
                fallback[child] = other
                words[child] |= words[other]
                queue.append(child)
            }
        }
        for cell in transitions.indices where words[Int(transitions[cell])] != 0 { transitions[cell] |= Self.accepting }
    }

    /// The words of `wanted` that a text has. The scan ends as soon as it has them all.
    ///
    /// - Parameter steps: grows by what the scan costs: 1 for each letter, and for each eight bytes passed over.
    func found(in text: String, wanted: WordSet, _ steps: inout Int) -> WordSet {
        let utf8 = text.utf8Span
        return found(in: utf8.span, wanted: wanted, &steps)
    }

    /// The same for UTF-8.
    func found(in bytes: Span<UInt8>, wanted: WordSet, _ steps: inout Int) -> WordSet {
        let folding = LetterFolding.table
        let (columns, transitions) = (columns.span, transitions.span)
        var found: WordSet = 0
        var state: UInt16 = 0
        var index = 0
        var count = 0
        while index < bytes.count {
            if state == 0, let beginning {
                index = beginning.next(in: bytes, from: index, folding, &count)
                guard index < bytes.count else { break }
            }
            count += 1
            var byte = bytes[index]
            if LetterFolding.standsForItself(byte) {
                index += 1
            } else {
                let step = folding.step(bytes, at: index)
                index = step.end
                guard step.letter != 0 else { continue }
                byte = UInt8(truncatingIfNeeded: step.letter)
                if step.letter > 0xFF {
                    state = transitions[Int(state) << columnShift + Int(columns[Int(byte)])]
                    if state & Self.accepting != 0 {
                        state &= ~Self.accepting
                        found |= words[Int(state)]
                    }
                    byte = UInt8(step.letter >> 8)
                }
            }
            state = transitions[Int(state) << columnShift + Int(columns[Int(byte)])]
            if state & Self.accepting != 0 {
                state &= ~Self.accepting
                found |= words[Int(state)]
                if found & wanted == wanted { break }
            }
        }
        steps += count
        return found & wanted
    }
}

/// How the words of an automaton begin, if they all begin alike. Texts are passed over quickly up to there.
private struct Beginning {
    /// The first letter, or its first byte if it stands for itself.
    let letter: UInt16

    /// The first byte, and the bits that make upper case lower case, in each byte of a word of memory.
    let pattern: UInt64
    let caseBits: UInt64

    /// The bits of a byte that may be a letter in another form.
    let otherForms: UInt64

    init?(_ needles: [[UInt8]]) {
        guard let first = needles.first?.first, needles.allSatisfy({ $0.first == first }) else { return nil }
        let ones: UInt64 = 0x0101_0101_0101_0101
        pattern = UInt64(first) &* ones
        caseBits = first &- 0x61 < 26 ? 0x20 &* ones : 0
        if LetterFolding.isFirstOfTwo(first) {
            let second = needles.first?.dropFirst().first ?? 0
            guard needles.allSatisfy({ $0.dropFirst().first == second }) else { return nil }
            letter = UInt16(first) | UInt16(second) << 8
        } else {
            letter = UInt16(first)
        }
        otherForms = first < 0x80 || letter > 0xFF ? 0x80 &* ones : 0
    }

    /// The next place from `start` on where a word may begin.
    @inline(__always)
    func next(in bytes: Span<UInt8>, from start: Int, _ folding: LetterFolding, _ steps: inout Int) -> Int {
        let first = UInt8(truncatingIfNeeded: letter)
        var index = start
        while index < bytes.count {
            steps += 1
            if index + 8 <= bytes.count {
                let word = unsafe UInt64(
                    littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
                let difference = (word | caseBits) ^ pattern
                let same = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
                let marks = same | word & otherForms
                guard marks != 0 else {
                    index += 8
                    continue
                }
                index += marks.trailingZeroBitCount / 8
            }
            // A letter in another form is followed by more of them, or by nothing of interest.
            while index < bytes.count, !LetterFolding.standsForItself(bytes[index]) {
                let step = folding.step(bytes, at: index)
                if letter > 0xFF ? step.letter == letter : UInt8(truncatingIfNeeded: step.letter) == first {
                    return index
                }
                index = step.end
                steps += 1
            }
            guard index < bytes.count else { return index }
            if LetterFolding.lowercased(bytes[index]) == first { return index }
            index += 1
        }
        return index
    }
}
