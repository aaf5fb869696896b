/// Guesses what a misspelt name was meant to be.
public enum Spelling {
    /// The candidate closest to `name`, if it is close enough to suggest: at most a third of its letters may be wrong,
    /// missing, extra, or swapped with a neighbour. ASCII case is ignored. Of equally close candidates the first wins.
    ///
    /// O(length squared) per candidate. A name of more than 64 bytes has no suggestion.
    public static func nearest(to name: String, among candidates: [String]) -> String? {
        let wanted = name.utf8.map(\.asciiLowercased)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let bytes = candidate.utf8.map(\.asciiLowercased)
            let allowed = max(1, bytes.count / 3)
            guard bytes.count <= 64, abs(bytes.count - wanted.count) <= allowed else { continue }
            let distance = distance(wanted, bytes)
            guard distance <= allowed, distance < bytes.count else { continue }
            if let best, best.distance <= distance { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// The number of insertions, deletions, substitutions and swaps of neighbours that turn `left` into `right`
    /// (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var least = min(
                    previous[column] + (byte == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                current.append(least)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
