import Bytes
import NATS

/// One protocol over one open connection to the central server. Over HTTP one lane ships events and another fetches
/// commands; over NATS one lane does both.
///
/// The owner hands in what it receives and acts on events until there are none. After each call it sends what
/// `drainOutput` appends, and it calls `expire` when `deadline` has come. After `.failed` the lane and its connection
/// are done for; each connection gets a new lane.
public protocol UplinkLane: Sendable {
    /// Receives bytes from the server.
    mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime)

    /// Notes that the server has closed its side or that the connection broke.
    mutating func inputClosed(now: MonotonicTime)

    /// Moves the bytes to be sent to the end of `output`.
    mutating func drainOutput(into output: inout [UInt8])

    /// The next event, or nil if there is none for now.
    mutating func nextEvent() -> UplinkLaneEvent?

    /// When to call `expire`; nil if no wait is limited.
    var deadline: MonotonicTime? { get }

    /// Acts on the waits that have ended by `now`.
    mutating func expire(now: MonotonicTime)

    /// How much may be shipped now; nil if nothing may.
    var room: UplinkRoom? { get }

    /// Ships events, whose ordinals and sequences follow those shipped before. More events than `room` allows are
    /// shipped as well.
    ///
    /// - Precondition: `room != nil` and there is at least one event.
    mutating func ship(_ events: [UplinkEvent], now: MonotonicTime)

    /// Notes that a command was handled and its outcome is durable. Commands are acknowledged in the order of delivery.
    mutating func acknowledge(_ number: UInt64, now: MonotonicTime)

    /// What tells the memory of the other side from another one made in its place; nil if a comparison does not need
    /// such a name. Known once the lane has compared.
    var remoteName: String? { get }

    /// The event at the position that the other side named, if it says more about it than its number. Known once the
    /// lane has compared.
    var remoteMark: UplinkMark? { get }

    /// The server's clock minus ours in milliseconds, as of the last comparison; nil if the lane does not compare
    /// clocks or the server has not told its time.
    var clockOffsetMillis: Int64? { get }

    /// The most that the lane of the next connection should ship, for its initializer; nil for as much as it likes.
    ///
    /// To be asked once, when this connection is lost.
    ///
    /// - Parameters:
    ///   - fault: why the connection was lost.
    ///   - hadEventsInFlight: whether events were shipped that are not known to be stored.
    func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom?

    /// Notes that the central server has everything and nothing waits to be shipped. A window that was halved because
    /// of the line need not stay small on the next connection.
    mutating func everythingIsStored()

    /// Sets the time of day before each of the calls above, for a protocol that tells it to the server.
    mutating func setTime(_ wall: Timestamp)
}

/// Defaults for lanes whose protocol has no use for these.
extension UplinkLane {
    public mutating func setTime(_ wall: Timestamp) {}

    public var remoteName: String? { nil }

    public var remoteMark: UplinkMark? { nil }

    public var clockOffsetMillis: Int64? { nil }

    public func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom? { nil }

    public mutating func everythingIsStored() {}
}

/// How much may be shipped in one go.
public struct UplinkRoom: Hashable, Sendable {
    /// The number of events, at least 1.
    public var count: Int
    /// The number of bytes of JSON, at least 1.
    public var bytes: Int

    /// Creates a room for `count` events of `bytes` bytes in all.
    public init(count: Int, bytes: Int) {
        self.count = count
        self.bytes = bytes
    }
}

/// How a station identifies itself to the central server and proves it.
public struct UplinkIdentity: Sendable {
    /// The number by which the central server knows the station: 1 to 9007199254740991.
    public let stationID: Int64
    /// The name of the station's sequences.
    public let epoch: String
    /// The program's version, for the server's records.
    public let version: String
    /// A bearer token over HTTP, a token over NATS.
    public var token: String?
    /// The user over NATS if there is no token.
    public var user: String?
    /// The user's password.
    public var password: String?
    /// The credentials over NATS that replace token, user and password.
    public private(set) var credentials: NATSUserCredentials?
    /// Whether the line has TLS, which some NATS servers require.
    public var isEncrypted = false
    /// The JetStream domain over NATS; nil for that of the server that the station is connected to.
    public var domain: String?

    /// Creates an identity from its parts.
    public init(
        stationID: Int64, epoch: String, version: String, token: String? = nil, user: String? = nil,
        password: String? = nil
    ) {
        self.stationID = stationID
        self.epoch = epoch
        self.version = version
        self.token = token
        self.user = user
        self.password = password
    }

    /// Whether `text` can be a JetStream domain, which is a token of its subjects.
    public static func isDomain(_ text: String) -> Bool { JetStreamName(text) != nil }

    /// Reads the credentials for the next connection.
    ///
    /// - Parameters:
    ///   - file: the file's content; nil if it cannot be read.
    ///   - path: its path, for the fault.
    public mutating func readCredentials(_ file: [UInt8]?, from path: String) throws(UplinkFault) {
        credentials = nil
        guard let file else {
            throw UplinkFault(
                "upstream.credentials_file: \(path) cannot be read: is it there, and may the station read it?",
                .intervention)
        }
        do throws(NATSCredentialsFault) {
            credentials = try NATSUserCredentials(file: file)
        } catch {
            throw UplinkFault("upstream.credentials_file: \(path) \(error.message)", .intervention)
        }
    }
}
