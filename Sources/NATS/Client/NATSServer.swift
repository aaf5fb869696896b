import JSON

/// What a server says about itself in INFO, at the beginning and whenever something of it changes.
public struct NATSServer: Hashable, Sendable {
    /// The largest number of the cluster's addresses that are kept.
    public static let connectURLsMax = 64

    /// The server's id, on one line; empty if it gives none.
    public let id: String
    /// The server's version, on one line; empty if it gives none.
    public let version: String
    /// Whether it knows headers, without which there is no JetStream.
    public let hasHeaders: Bool
    /// Whether JetStream runs on this very server. In a cluster another server may run it.
    public let hasJetStream: Bool
    /// The largest message that it accepts, headers included, in bytes.
    public let payloadBytesMax: Int
    /// Whether clients must authenticate.
    public let requiresAuthorization: Bool
    /// Whether clients must speak TLS, which we do not.
    public let requiresTLS: Bool
    /// Whether it is about to shut down (lame duck mode), so that clients should go elsewhere or come back later.
    public let isLameDuck: Bool
    /// What a client signs to prove that it has a key; empty if the server asks for no signature.
    public let nonce: String
    /// Other servers of the cluster, as host and port.
    public let connectURLs: [String]

    /// The limit of servers that do not state one.
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
        nonce = value["nonce"]?.stringValue ?? ""
        let urls = value["connect_urls"]?.arrayValue ?? []
        connectURLs = urls.prefix(Self.connectURLsMax).compactMap { $0.stringValue.map(NATSText.printable) }
    }
}
