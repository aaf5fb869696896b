/// A machine that reads what others wrote, with the properties that must hold whatever they wrote.
///
/// A body feeds an input to the machine and checks the result. It returns if all properties hold; otherwise it traps
/// and names the property on standard error. It depends on the input alone, so an input can be kept and tried again.
public struct FuzzMachine: Sendable {
    /// Its name on the command line, and that of the directory with its kept inputs.
    public let name: String
    /// The length above which inputs find nothing more.
    public let bytesMax: Int
    /// The inputs with which the fuzzer starts: valid ones, and ones that are nearly valid.
    public let seeds: @Sendable () -> [[UInt8]]
    /// The words of the format, which the fuzzer should try to insert.
    public let words: [String]
    /// Runs the machine on one input.
    public let body: @Sendable ([UInt8]) -> Void

    init(
        _ name: String, bytesMax: Int = 1024, words: [String] = [], seeds: @escaping @Sendable () -> [[UInt8]],
        body: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.name = name
        self.bytesMax = bytesMax
        self.words = words
        self.seeds = seeds
        self.body = body
    }

    /// All machines; those that face the network come first.
    public static let all: [FuzzMachine] =
        withTLS + [
            .httpServer, .proxies, .httpClient, .webSocket, .enginePackets, .engineSession, .socketIOPackets,
            .socketIOSession, .json, .jwt, .texts, .nats, .natsLane, .jetStream, .dns, .resolverFiles, .httpLanes,
            .centralCommands, .fleetEvents, .events, .documents, .journal, .configuration, .station, .dataDirectory,
        ]

    #if TLS
    private static let withTLS: [FuzzMachine] = [.tls]
    #else
    private static let withTLS: [FuzzMachine] = []
    #endif

    /// The words in the format of libFuzzer's option `-dict`.
    public var dictionary: String {
        words.map { word in
            let bytes = word.utf8.map { byte in
                byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
                    ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return "\"" + bytes.joined() + "\"\n"
        }.joined()
    }
}

/// Traps if a property does not hold.
func expect(
    _ holds: Bool, _ property: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !holds { fatalError("does not hold: \(property())", file: file, line: line) }
}
