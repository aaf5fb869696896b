import Bytes
import JSON
import SocketIO

// The input is the messages of an Engine.IO session, each ended by U+001E. A message that begins with `b` is binary,
// and its bytes follow that letter.

extension FuzzMachine {
    private static let socketIOWords = [
        "0", "1", "2", "3", "4", "51-", "61-", "52-", "/custom,", "/", ",", "?a=b", "[\"a\"",
        ",{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":1}", "]", "7[", "{\"token\":\"t\"}", "\"connect\"", "99999999999999999999",
        "\u{1E}b", "\u{1E}",
    ]

    private static func socketIOSeeds() -> [[UInt8]] {
        let packets = [
            SocketIOPacket(namespace: "/", content: .connect(nil)),
            SocketIOPacket(namespace: "/custom", content: .connect(["token": "t", "recovery": true])),
            SocketIOPacket(
                namespace: "/custom", content: .event(name: "é", arguments: [1, ["a": [nil, 1.5]]], id: 12)),
            SocketIOPacket(
                namespace: "/", content: .event(name: "file", arguments: [SocketIOPacket.placeholder(0)], id: nil),
                attachments: [[1, 2, 3]]),
            SocketIOPacket(
                namespace: "/custom",
                content: .acknowledgement(
                    id: 0, arguments: [SocketIOPacket.placeholder(1), ["a": SocketIOPacket.placeholder(0)]]),
                attachments: [[1], []]),
            SocketIOPacket(namespace: "/custom", content: .acknowledgement(id: 3, arguments: [])),
            SocketIOPacket(namespace: "/custom", content: .disconnect),
            SocketIOPacket(namespace: "/", content: .connectError(message: "no", data: ["a": 1])),
        ]
        func wire(_ packets: [SocketIOPacket]) -> [UInt8] {
            packets.flatMap { $0.encoded() }.map { ($0.isBinary ? [0x62] : []) + $0.bytes }.joined(separator: [0x1E])
                .map { $0 }
        }
        let odd = [
            "42[\"connect\"]", "42[5]", "42[]", "42{}", "450-[\"a\"]", "4599999999999999999999-[\"a\"]",
            "4299999999999999999999[\"a\"]",
            "43[]", "41{}", "44[]", "48", "4", "451-[\"a\"]\u{1E}b1", "451-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
            "40/custom?token=1,", "40/a,b,{}", "42[[[[[[[[[[[[[[[[[[[[[[[",
            "40/custom,\u{1E}40/custom,\u{1E}41/custom,\u{1E}40/custom,",
        ]
        return packets.map { wire([$0]) } + [wire(packets), wire(Array(packets[..<4]))] + odd.map { [UInt8]($0) }
    }

    private static func messages(_ bytes: [UInt8]) -> [EnginePacket] {
        bytes.split(separator: 0x1E, omittingEmptySubsequences: false).compactMap { part in
            if part.first == 0x62 { return EnginePacket(binary: Array(part.dropFirst())) }
            // Transports pass on only valid UTF-8 as text.
            return String(validating: part, as: UTF8.self) == nil ? nil : try? EnginePacket(text: Array(part))
        }
    }

    /// Socket.IO packets: the decoder and the encoder.
    static let socketIOPackets = FuzzMachine(
        "socketio-packets",
        words: socketIOWords, seeds: { socketIOSeeds() },
        body: { bytes in
            let settings = SocketIOSettings(
                namespaces: ["/", "/custom"], attachmentsMax: 4, attachmentBytesMax: 40, depthMax: 20)
            var decoder = SocketIODecoder(settings: settings)
            for message in messages(bytes) where message.type == .message {
                guard let packet = try? decoder.receive(message) else {
                    continue
                }
                expect(packet.attachments.count <= 4, "the number of attachments is within its limit")
                expect(packet.attachments.reduce(0) { $0 + $1.count } <= 40, "attachments are within their limit")
                var again = SocketIODecoder(settings: settings)
                var read: SocketIOPacket?
                for message in packet.encoded() {
                    expect(read == nil, "a packet ends with its last message")
                    read = try? again.receive(message)
                }
                expect(read == packet, "a packet survives writing and reading: \(packet)")
            }
        })

    /// A Socket.IO session, driven by packets of a client.
    static let socketIOSession = FuzzMachine(
        "socketio-session",
        words: socketIOWords, seeds: { socketIOSeeds() },
        body: { bytes in
            var session = SocketIOSession(
                settings: SocketIOSettings(
                    namespaces: ["/", "/custom"], attachmentsMax: 4, attachmentBytesMax: 40, acknowledgementsMax: 3,
                    depthMax: 20), now: MonotonicTime(milliseconds: 0))
            var isClosed = false
            var connected: Set<String> = []
            for message in messages(bytes) where message.type == .message {
                session.receive(message)
                while let action = session.nextAction() {
                    expect(!isClosed, "no action follows the end: \(action)")
                    switch action {
                    case .send, .acknowledgement: break
                    case .connect(let namespace, _):
                        expect(
                            session.accept(namespace, sid: "x", members: ["pid": "y"]),
                            "a client that asked can be accepted")
                        connected.insert(namespace)
                        _ = session.emitWithAcknowledgement("out", [1], in: namespace)
                    case .event(let event):
                        expect(connected.contains(event.namespace), "events come from connected namespaces")
                        if event.name == "leave" { session.disconnect(event.namespace) }
                        guard let id = event.id else { break }
                        session.acknowledge(id, event.arguments, attachments: event.attachments, in: event.namespace)
                    case .disconnected(let namespace, _):
                        expect(connected.remove(namespace) != nil, "only a connected namespace is disconnected")
                    case .close: isClosed = true
                    }
                }
                // A namespace in `connected` may be gone already: the application may disconnect it between two
                // actions.
                expect(
                    session.connectedNamespaces.allSatisfy(connected.contains),
                    "only an accepted namespace is connected")
            }
        })
}
