import Fuzzing

/// Makes inputs from seeds: it changes, removes and repeats bytes, inserts words, and joins two seeds.
struct Mutator {
    private let seeds: [[UInt8]]
    private let words: [[UInt8]]
    private let bytesMax: Int
    private var generator: FuzzGenerator

    init(_ machine: FuzzMachine, seeds: [[UInt8]], seed: UInt64) {
        self.seeds = seeds
        words = machine.words.map { Array($0.utf8) }
        bytesMax = machine.bytesMax
        generator = FuzzGenerator(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...5, using: &generator) { mutate(&bytes) }
        return Array(bytes.prefix(2 * bytesMax))
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
        switch Int.random(in: 0..<7, using: &generator) {
        case 0 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &generator)
        case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [0], at: place)
        case 5: bytes.replaceSubrange(place..<end, with: words.randomElement(using: &generator) ?? [255])
        default:
            let other = seeds.randomElement(using: &generator) ?? []
            bytes = Array(bytes[..<place]) + other.dropFirst(Int.random(in: 0...other.count, using: &generator))
        }
    }
}
