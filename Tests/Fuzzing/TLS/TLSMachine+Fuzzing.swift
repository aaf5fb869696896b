#if TLS
import Bytes
import OpenSSL
import TLS

// The first byte chooses: bit 0 the role of the machine that is fuzzed, bit 1 whether it is alone with the bytes that
// follow or talks with a real peer, whose bytes these change: each change is two bytes of distance to the last one, a
// kind and a value. The other bits choose the pieces in which the bytes arrive.
//
// The library draws random numbers, so one input may take different ways. The properties hold on all of them.

extension FuzzMachine {
    /// A TLS machine, as server and as client.
    static let tls = FuzzMachine(
        "tls", bytesMax: 2048,
        words: [
            "\u{16}\u{3}\u{1}", "\u{16}\u{3}\u{3}", "\u{17}\u{3}\u{3}", "\u{15}\u{3}\u{3}\u{0}\u{2}", "http/1.1",
        ],
        seeds: { tlsSeeds() },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            if choice & 2 == 0 { alone(choice, input.rest()) } else { changed(choice, &input) }
        })

    /// Both are made once and only read.
    nonisolated(unsafe) private static let sides: (server: any TLSServer, client: any TLSClient) = {
        let library = OpenSSLLibrary()
        guard let server = try? library.makeServer([FuzzCertificate.identity]),
            let client = try? library.makeClient(
                .authorities(Array(FuzzCertificate.certificate.utf8)), identity: nil)
        else { fatalError("the fuzzer's certificate cannot be used") }
        return (server, client)
    }()

    private static func machine(isServer: Bool) -> any TLSMachine {
        guard let machine = isServer ? sides.server.makeMachine() : sides.client.makeMachine(to: "localhost")
        else { fatalError("no memory") }
        return machine
    }

    /// 2027: the certificate is valid then.
    private static let time = Timestamp(milliseconds: 1_800_000_000_000)

    /// Bytes of nobody: no connection opens, and the machine answers little.
    private static func alone(_ choice: UInt8, _ wire: [UInt8]) {
        var side = FuzzedSide(machine(isServer: choice & 1 == 0))
        side.attend(at: time)
        for piece in wire.pieces(choice >> 2) { side.receive(piece, at: time) }
        expect(!side.isOpen && side.received.isEmpty, "bytes of nobody open no connection")
        expect(side.machine.output.count <= 16 * 1024 + 8 * wire.count, "the output is bounded")
    }

    /// Bytes of a real peer, changed on the way: what arrives is what was sent, or nothing.
    private static func changed(_ choice: UInt8, _ input: inout FuzzInput) {
        var subject = FuzzedSide(machine(isServer: choice & 1 == 0))
        var peer = FuzzedSide(machine(isServer: choice & 1 != 0))
        let sent = Array("what was sent, and nothing else".utf8)
        peer.toSend = sent
        subject.toSend = Array("the answer".utf8)
        var place = 0
        var next = input.isAtEnd ? Int.max : input.long()
        var isChanged = false
        for _ in 0..<64 {
            subject.attend(at: time)
            peer.attend(at: time)
            for piece in subject.drain().pieces(choice >> 2) { peer.receive(piece, at: time) }
            var bytes: [UInt8] = []
            for byte in peer.drain() {
                defer { place += 1 }
                guard place == next else {
                    bytes.append(byte)
                    continue
                }
                isChanged = true
                let (kind, value) = (input.byte(), input.byte())
                switch kind % 4 {
                case 0: bytes.append(byte ^ (value == 0 ? 1 : value))
                case 1: break
                case 2: bytes += [byte, value]
                default: bytes += [byte] + [UInt8](repeating: value, count: 1 + Int(value))
                }
                next = input.isAtEnd ? Int.max : place + 1 + input.long()
            }
            for piece in bytes.pieces(choice >> 2) { subject.receive(piece, at: time) }
            if peer.machine.output.isEmpty, subject.machine.output.isEmpty,
                subject.toSend.isEmpty || !subject.isOpen
            {
                break
            }
        }
        expect(sent.starts(with: subject.received), "what arrives is what was sent")
        expect("the answer".utf8.starts(with: peer.received), "what the peer gets is what was sent")
        if !isChanged { expect(subject.received == sent, "an unchanged connection delivers everything") }
    }

    private static func tlsSeeds() -> [[UInt8]] {
        var client = FuzzedSide(machine(isServer: false))
        client.attend(at: time)
        let hello = client.drain()
        var server = FuzzedSide(machine(isServer: true))
        server.receive(hello[...], at: time)
        let answer = server.drain()
        return [
            hello.prefixed(by: 0), hello.prefixed(by: 8), answer.prefixed(by: 1), [2], [3], [6], [7],
            [2, 0, 5, 0, 1], [3, 0, 5, 0, 1], [2, 1, 0, 0, 128], [3, 2, 0, 2, 7], [3, 0, 120, 3, 255],
            [UInt8]("GET / HTTP/1.1\r\n\r\n").prefixed(by: 0), [0x15, 3, 3, 0, 2, 1, 0].prefixed(by: 0),
        ]
    }
}

/// A machine with its owner.
private struct FuzzedSide {
    let machine: any TLSMachine
    var toSend: [UInt8] = []
    private(set) var received: [UInt8] = []
    private var hasFailed = false

    init(_ machine: any TLSMachine) { self.machine = machine }

    var isOpen: Bool { machine.isOpen && !hasFailed }

    mutating func receive(_ bytes: ArraySlice<UInt8>, at time: Timestamp) {
        machine.receive(Array(bytes).span)
        attend(at: time)
    }

    mutating func attend(at time: Timestamp) {
        var plain = [UInt8](repeating: 0, count: 16 * 1024)
        while let event = machine.nextEvent(into: &plain, at: time) {
            switch event {
            case .opened, .ended: break
            case .received(let count):
                expect(count > 0 && count <= plain.count, "the count is within the buffer")
                received += plain[..<count]
            case .failed: hasFailed = true
            }
        }
        expect(!hasFailed || machine.waitingBytes == 0, "a machine that has failed keeps nothing")
        guard isOpen else { return }
        machine.seal(toSend.span)
        toSend = []
    }

    mutating func drain() -> [UInt8] {
        let bytes = machine.output.copy()
        machine.output.removeAll()
        return bytes
    }
}
#endif
