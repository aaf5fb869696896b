#if TLS
import Bytes
import TLS

/// A client and a server that exchange bytes in memory.
struct TLSPair {
    /// One side, with what it has heard.
    struct Side {
        let machine: any TLSMachine
        /// Sent as soon as the machine is open.
        var toSend: [UInt8] = []
        /// Whether it announces its end after that.
        var closesAfterwards = false
        var received: [UInt8] = []
        var isOpened = false
        var hasEnded = false
        var fault: TLSFault?
        var sentBytes = 0

        mutating func attend(at time: Timestamp) {
            var plain = [UInt8](repeating: 0, count: 16 * 1024)
            while let event = machine.nextEvent(into: &plain, at: time) {
                switch event {
                case .opened: isOpened = true
                case .received(let count): received += plain[..<count]
                case .ended: hasEnded = true
                case .failed(let fault): self.fault = fault
                }
            }
            guard machine.isOpen, fault == nil else { return }
            machine.seal(toSend.span)
            toSend = []
            if closesAfterwards { machine.close() }
        }
    }

    /// What happens to the bytes on their way.
    struct Line {
        /// The size of the pieces that arrive.
        var pieceMax = Int.max
        /// The number of bytes after which nothing more arrives.
        var cutAfter = Int.max
        /// The place of a byte that is changed on the way; nil for none.
        var flippedAt: Int?
        var passed = 0

        mutating func carry(_ bytes: [UInt8]) -> [[UInt8]] {
            var bytes = bytes
            if let place = flippedAt, (passed..<passed + bytes.count).contains(place) {
                bytes[place - passed] ^= 0x10
            }
            bytes = Array(bytes.prefix(max(0, cutAfter - passed)))
            passed += bytes.count
            return stride(from: 0, to: bytes.count, by: max(1, min(pieceMax, bytes.count))).map {
                Array(bytes[$0..<min(bytes.count, $0 + min(pieceMax, bytes.count))])
            }
        }
    }

    var client: Side
    var server: Side
    var toServer = Line()
    var toClient = Line()
    var time: Timestamp

    init(_ server: any TLSServer, _ client: any TLSClient, host: String = "localhost", time: Timestamp) throws {
        guard let accepted = server.makeMachine(), let dialed = client.makeMachine(to: host) else {
            throw TLSFault("no memory")
        }
        self.server = Side(machine: accepted)
        self.client = Side(machine: dialed)
        self.time = time
    }

    /// Lets both talk until neither has anything more to send.
    mutating func run() {
        client.attend(at: time)
        while true {
            let forServer = Self.drain(&client)
            for piece in toServer.carry(forServer) {
                server.machine.receive(piece.span)
                server.attend(at: time)
            }
            if forServer.isEmpty { server.attend(at: time) }
            let forClient = Self.drain(&server)
            for piece in toClient.carry(forClient) {
                client.machine.receive(piece.span)
                client.attend(at: time)
            }
            if forServer.isEmpty, forClient.isEmpty { return }
        }
    }

    private static func drain(_ side: inout Side) -> [UInt8] {
        let bytes = side.machine.output.copy()
        side.machine.output.removeAll()
        side.sentBytes += bytes.count
        return bytes
    }
}
#endif
