/// Something that reads what others wrote, and what must hold whatever they wrote.
///
/// A body gets an input, feeds it to a machine and checks what comes of it. It returns where all is well and traps
/// where not, with a word on standard error. What it does depends on the input alone, so that an input can be kept.
public struct FuzzMachine: Sendable {
    /// By which it is asked for, and the name of the directory of its kept inputs.
    public let name: String
    /// Inputs longer than this find nothing more.
    public let bytesMax: Int
    /// Valid input and input that is nearly so, for the fuzzer to begin with.
    public let seeds: @Sendable () -> [[UInt8]]
    /// What the fuzzer should try to put in: the words of the format.
    public let words: [String]
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

    /// All of them, those that face the network first.
    public static let all: [FuzzMachine] = [
        .httpServer, .httpClient, .webSocket, .enginePackets, .engineSession, .socketIOPackets, .socketIOSession, .json,
        .jwt, .texts, .nats, .natsLane, .jetStream, .dns, .resolverFiles, .httpLanes,
        .centralCommands, .fleetEvents, .events, .documents, .journal, .configuration, .station, .dataDirectory,

    ]

    /// The words as libFuzzer's option `-dict` takes them.
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

/// Traps where a property does not hold.
func expect(
    _ holds: Bool, _ property: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !holds { fatalError("does not hold: \(property())", file: file, line: line) }
}
