import JSON

/// What a server says of itself in INFO: first of all, and again when something of it changes.
public struct NATSServer: Hashable, Sendable {
    /// At most this many addresses of the cluster are kept.
    public static let connectURLsMax = 64

    public let id: String
    public let version: String
    /// Whether it knows headers; without them there is no JetStream.
    public let hasHeaders: Bool
    /// Whether JetStream runs on this very server: in a cluster another may have it.
    public let hasJetStream: Bool
    /// The largest message that it takes, headers included, in bytes.
    public let payloadBytesMax: Int
    public let requiresAuthorization: Bool
    public let requiresTLS: Bool
    /// It is about to shut down (lame duck mode): time to go elsewhere, or to come back later.
    public let isLameDuck: Bool
    /// Other servers of the cluster, as host and port.
    public let connectURLs: [String]

    /// What servers take that do not say.
    private static let payloadBytesMaxDefault: Int64 = 1024 * 1024

    init(_ text: ArraySlice<UInt8>) throws(NATSFault) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(text.span, limits: JSONLimits(depthMax: 8))
        } catch {
            throw .malformed("the server's INFO is no JSON: \(error)")
        }
        guard value.objectValue != nil else { throw .malformed("the server's INFO is \(value.kind) and no object") }
        let bytesMax = value["max_payload"]?.integerValue ?? Self.payloadBytesMaxDefault
        guard bytesMax >= 0 else { throw .malformed("the server's INFO has a max_payload below zero") }
        id = NATSText.printable(value["server_id"]?.stringValue ?? "")
        version = NATSText.printable(value["version"]?.stringValue ?? "")
        hasHeaders = value["headers"]?.boolValue ?? false
        hasJetStream = value["jetstream"]?.boolValue ?? false
        payloadBytesMax = Int(clamping: bytesMax)
        requiresAuthorization = value["auth_required"]?.boolValue ?? false
        requiresTLS = value["tls_required"]?.boolValue ?? false
        isLameDuck = value["ldm"]?.boolValue ?? false
        let urls = value["connect_urls"]?.arrayValue ?? []
        connectURLs = urls.prefix(Self.connectURLsMax).compactMap { $0.stringValue.map(NATSText.printable) }
    }
}
