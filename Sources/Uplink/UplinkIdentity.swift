/// Who a station is to the central server, and how it shows that.
public struct UplinkIdentity: Hashable, Sendable {
    /// The number under which the central server knows it: 1 to 9007199254740991.
    public let stationID: Int64
    /// The name of its sequences.
    public let epoch: String
    /// The program's version, for the server's records.
    public let version: String
    /// A bearer token over HTTP, a token over NATS.
    public var token: String?
    /// Over NATS, where there is no token.
    public var user: String?
    public var password: String?

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
}
