import Bytes

// What a letter is compared as:
//
//   Latin       its base letter in lower case: Ổ, ổ, O and U+006F U+0302 U+0309 are all `o`. Letters with a stroke, a
//               hook or no dot count as theirs (đ ø ł ı), and some letters are two (ß is `ss`, æ is `ae`).
//   Greek and   the letter in lower case, composed: U+0438 U+0306 is й, and й is not и.
//   Cyrillic
//   all others  themselves.
//
// A combining mark (U+0300 to U+036F) that is not part of a Greek or Cyrillic letter is nothing. So NFC and NFD, and
// texts with and without marks, give the same bytes.

/// Reads UTF-8 as what its letters are compared as: case, diacritics and composition do not matter.
///
/// A table, since a switch over a thousand letters is neither small nor fast.
struct LetterFolding: Sendable {
    /// One letter as it is compared.
    struct Step {
        /// The UTF-8 of the letter: the first byte in the low half, the second, if there is one, in the high half; 0
        /// for a mark. Each byte of a scalar that stands for itself is a step.
        var letter: UInt16

        /// Where the next step begins.
        var end: Int
    }

    /// The letters for U+0000 to U+053F, and then for U+1E00 to U+1EFF.
    private let table: [UInt16]

    private static let scalarsEnd = 0x540

    /// A scalar of three bytes that stands for itself.
    private static let itself: UInt16 = 0xFFFF

    /// The table, which is made once.
    static let table = LetterFolding()

    private init() {
        var table = [UInt16](repeating: 0, count: Self.scalarsEnd + 0x100)
        for scalar in 0x80..<Self.scalarsEnd where !(0x300..<0x370).contains(scalar) {
            table[scalar] = Self.utf8(Self.lowercased(UInt32(scalar)))
        }
        var place = 0xC0
        for row in Self.latin {
            var codes: [UInt8] = []
            codes.append(literal: row)
            for code in codes {
                if place == 0x2B0 { place = Self.scalarsEnd }
                if code >= 0x61 {
                    table[place] = UInt16(code)
                } else if code >= 0x31 && code <= 0x38 {
                    let (first, second) = Self.pairs[Int(code) - 0x31]
                    table[place] = UInt16(first) | UInt16(second) << 8
                } else if place >= Self.scalarsEnd {
                    table[place] = Self.itself
                }
                place += 1
            }
        }
        self.table = table
    }

    /// The text as it is compared, in UTF-8.
    func folded(_ text: some Sequence<UInt8>) -> [UInt8] {
        let bytes = Array(text)
        var folded: [UInt8] = []
        folded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if Self.standsForItself(byte) {
                folded.append(Self.lowercased(byte))
                index += 1
            } else {
                let step = step(bytes.span, at: index)
                if step.letter != 0 { folded.append(UInt8(truncatingIfNeeded: step.letter)) }
                if step.letter > 0xFF { folded.append(UInt8(step.letter >> 8)) }
                index = step.end
            }
        }
        return folded
    }

    /// Whether a byte of a text as it is compared is the first of a letter of two.
    static func isFirstOfTwo(_ byte: UInt8) -> Bool { (0xC3...0xD4).contains(byte) }

    /// Whether a byte is read alone: as it is, or in lower case if it is a letter of ASCII.
    @inline(__always)
    static func standsForItself(_ byte: UInt8) -> Bool {
        byte < 0xC3 || (byte > 0xD4 && byte != 0xE1 && byte != 0xE2)
    }

    /// The lower case of an ASCII letter.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Reads the letter at `index`, whose first byte does not stand for itself.
    @inline(__always)
    func step(_ bytes: Span<UInt8>, at index: Int) -> Step {
        let byte = bytes[index]
        guard byte < 0xE0, index + 1 < bytes.count else { return longStep(bytes, at: index) }
        let letter = table[Int(byte & 0x1F) << 6 | Int(bytes[index + 1] & 0x3F)]
        if byte >= 0xCD, index + 2 < bytes.count, bytes[index + 2] == 0xCC {
            return Self.composed(letter, bytes, index + 2)
        }
        return Step(letter: letter, end: index + 2)
    }

    private func longStep(_ bytes: Span<UInt8>, at index: Int) -> Step {
        let byte = bytes[index]
        if index + 2 < bytes.count {
            let (second, third) = (bytes[index + 1], bytes[index + 2])
            if byte == 0xE1, second & 0xFC == 0xB8 {
                let letter = table[Self.scalarsEnd + Int(second & 3) << 6 + Int(third & 0x3F)]
                if letter != Self.itself { return Step(letter: letter, end: index + 3) }
            }
            switch (byte, second, third) {
            // The signs for kelvin and ångström, which are canonically equivalent to the letters.
            case (0xE2, 0x84, 0xAA): return Step(letter: 0x6B, end: index + 3)
            case (0xE2, 0x84, 0xAB): return Step(letter: 0x61, end: index + 3)
            // ⱥ and ⱦ: their capitals have two bytes.
            case (0xE2, 0xB1, 0xA5): return Step(letter: 0x61, end: index + 3)
            case (0xE2, 0xB1, 0xA6): return Step(letter: 0x74, end: index + 3)
            default: break
            }
        }
        return Step(letter: UInt16(byte), end: index + 1)
    }

    /// A letter of Greek or Cyrillic with the marks at `index` that belong to it. The others are steps of their own.
    private static func composed(_ letter: UInt16, _ bytes: Span<UInt8>, _ index: Int) -> Step {
        var scalar = UInt32(letter & 0x1F) << 6 | UInt32(letter >> 8 & 0x3F)
        var end = index
        while end + 1 < bytes.count, bytes[end] == 0xCC, let whole = composed(scalar, bytes[end + 1]) {
            scalar = whole
            end += 2
        }
        return Step(letter: utf8(scalar), end: end)
    }

    /// A scalar of two bytes in UTF-8.
    private static func utf8(_ scalar: UInt32) -> UInt16 {
        UInt16(truncatingIfNeeded: 0x80C0 | scalar >> 6 | (scalar & 0x3F) << 8)
    }
}

extension LetterFolding {
    /// For each scalar from U+00C0 to U+02AF and from U+1E00 to U+1EFF: its base letter, the place of its two letters
    /// in `pairs` counted from 1, or another character if `lowercased` knows.
    private static let latin: [StaticString] = [
        // U+00C0, U+0100, U+0140, U+0180, U+01C0, U+0200, U+0240, and U+0280 to U+02AF.
        "aaaaaa1ceeeeiiiidnooooo.ouuuuy42aaaaaa1ceeeeiiiidnooooo.ouuuuy4y",
        "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii55jjkkqlllllll",
        "lllnnnnnnnnnoooooo33rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs",
        "bbbb>.>ccdddd.>>>ffg>.>ikkl.>nnooo>.pp>>.>.ttttuu>vyyzz>>...>...",
        "....666777888aaiioouuuuuuuuuu.aaaa11ggggkkoooo>>j666gg>>nnaa11oo",
        "aaaaeeeeiiiioooorrrruuuusstt>.hhnd>.zzaaeeooooooooyylntj..acclts",
        "z>.b>>eejjqqrryy.a.b.cdd........gg....h.i..lll...mnn.o......rrr.",
        "..s.....t..v....zz...........j..q...............",
        // U+1E00, U+1E40, U+1E80 and U+1EC0.
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm",
        "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv",
        "wwwwwwwwwwxxxxyyzzzzzzhtwyasss2.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee",
        "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy",
    ]

    private static let pairs: [(UInt8, UInt8)] = [
        (0x61, 0x65), (0x73, 0x73), (0x6F, 0x65), (0x74, 0x68), (0x69, 0x6A), (0x64, 0x7A), (0x6C, 0x6A), (0x6E, 0x6A),
    ]

    /// The lower case of a letter below U+0540 that has no base letter in ASCII.
    private static func lowercased(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x184, 0x1A2, 0x1A7, 0x1B8, 0x1BC, 0x21C, 0x222, 0x241: scalar + 1
        case 0x186: 0x254
        case 0x18E: 0x1DD
        case 0x18F: 0x259
        case 0x190: 0x25B
        case 0x194: 0x263
        case 0x196: 0x269
        case 0x19C: 0x26F
        case 0x1A6: 0x280
        case 0x1A9: 0x283
        case 0x1B1: 0x28A
        case 0x1B7, 0x1EE, 0x1EF: 0x292
        case 0x1F6: 0x195
        case 0x1F7: 0x1BF
        case 0x244: 0x289
        case 0x245: 0x28C
        case 0x386: 0x3AC
        case 0x388...0x38A: scalar + 0x25
        case 0x38C: 0x3CC
        case 0x38E, 0x38F: scalar + 0x3F
        case 0x391...0x3A1, 0x3A3...0x3AB: scalar + 0x20
        case 0x3C2: 0x3C3
        case 0x400...0x40F: scalar + 0x50
        case 0x410...0x42F: scalar + 0x20
        case 0x460...0x481, 0x48A...0x4BF, 0x4D0...0x52F: scalar | 1
        case 0x4C0: 0x4CF
        case 0x4C1...0x4CE: scalar + scalar % 2
        default: scalar
        }
    }

    /// The letter that a lowercase letter and the mark U+0300 to U+033F make; nil if they make none. `low` is the
    /// mark's second byte in UTF-8.
    private static func composed(_ letter: UInt32, _ low: UInt8) -> UInt32? {
        switch (low, letter) {
        // The grave accent and the acute one.
        case (0x80, 0x435): 0x450
        case (0x80, 0x438): 0x45D
        case (0x81, 0x3B1): 0x3AC
        case (0x81, 0x3B5): 0x3AD
        case (0x81, 0x3B7): 0x3AE
        case (0x81, 0x3B9): 0x3AF
        case (0x81, 0x3BF): 0x3CC
        case (0x81, 0x3C5): 0x3CD
        case (0x81, 0x3C9): 0x3CE
        case (0x81, 0x3CA): 0x390
        case (0x81, 0x3CB): 0x3B0
        case (0x81, 0x3D2): 0x3D3
        case (0x81, 0x433): 0x453
        case (0x81, 0x43A): 0x45C
        // The macron.
        case (0x84, 0x438): 0x4E3
        case (0x84, 0x443): 0x4EF
        // The breve.
        case (0x86, 0x430): 0x4D1
        case (0x86, 0x435): 0x4D7
        case (0x86, 0x436): 0x4C2
        case (0x86, 0x438): 0x439
        case (0x86, 0x443): 0x45E
        // The diaeresis.
        case (0x88, 0x3B9): 0x3CA
        case (0x88, 0x3C5): 0x3CB
        case (0x88, 0x3D2): 0x3D4
        case (0x88, 0x430): 0x4D3
        case (0x88, 0x435): 0x451
        case (0x88, 0x436): 0x4DD
        case (0x88, 0x437): 0x4DF
        case (0x88, 0x438): 0x4E5
        case (0x88, 0x43E): 0x4E7
        case (0x88, 0x443): 0x4F1
        case (0x88, 0x447): 0x4F5
        case (0x88, 0x44B): 0x4F9
        case (0x88, 0x44D): 0x4ED
        case (0x88, 0x456): 0x457
        case (0x88, 0x4D9): 0x4DB
        case (0x88, 0x4E9): 0x4EB
        // The double acute accent and the double grave one.
        case (0x8B, 0x443): 0x4F3
        case (0x8F, 0x475): 0x477
        default: nil
        }
    }
}
