import Bytes

/// A time of both kinds, read once a turn and passed down.
public struct Moment: Hashable, Sendable {
    public var wall: Timestamp
    public var monotonic: MonotonicTime

    public init(wall: Timestamp, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}
