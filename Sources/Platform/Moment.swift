import Bytes

/// The time by both clocks, read once a turn and passed down.
public struct Moment: Hashable, Sendable {
    /// The time of day, which may jump: for people and records.
    public var wall: Timestamp
    /// The time since some start, which never goes back: for deadlines.
    public var monotonic: MonotonicTime

    /// Creates a moment from readings of both clocks.
    public init(wall: Timestamp, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}
