/// The way between two hosts.
final class Road {
    var latencyMicros: Int64 = 200
    var jitterMicros: Int64 = 100
    /// What may be under way and unread in one direction of a connection.
    var windowBytes = 64 * 1024
    /// How what is sent is cut, in percent of the calls: not at all, somewhere, or behind every byte.
    var cutPercent = 0
    var singleBytePercent = 0
    /// Nothing gets through before this; what was sent arrives then.
    var closedUntil: Int64 = 0

    func delay(_ random: inout SeededGenerator) -> Int64 {
        latencyMicros + (jitterMicros > 0 ? random.number(0...jitterMicros) : 0)
    }

    func pieceBytes(_ random: inout SeededGenerator) -> Int {
        guard cutPercent + singleBytePercent > 0 else { return .max }
        let roll = random.number(0...99)
        if roll < singleBytePercent { return 1 }
        return roll < singleBytePercent + cutPercent ? random.number(1...200) : .max
    }

    /// A clean, fast line.
    func clear() {
        latencyMicros = 200
        jitterMicros = 0
        windowBytes = 256 * 1024
        closedUntil = 0
        cutPercent = 0
        singleBytePercent = 0
    }
}
