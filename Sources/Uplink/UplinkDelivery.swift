/// A command as the central server sent it: not looked at yet, and perhaps not for the first time.
public struct UplinkDelivery: Hashable, Sendable {
    /// What `UplinkLane.acknowledge` takes: over HTTP the command's number, over NATS its place in the stream.
    public let number: UInt64
    /// The name of what gives the numbers their meaning: over HTTP the central server's epoch, over NATS the time when
    /// the stream was made.
    public let epoch: String
    /// The command: an object with `id`, `type` and `data`, if it is what it should be. Empty where it was too large to
    /// be fetched.
    public let json: [UInt8]

    public init(number: UInt64, epoch: String, json: [UInt8]) {
        self.number = number
        self.epoch = epoch
        self.json = json
    }
}
