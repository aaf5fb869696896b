import Bytes
import Platform
import TLS

/// TLS on one connection: the machine between the bytes of the network and those of the connection's stage.
final class SecureStream {
    /// How much is encrypted ahead of what the kernel has accepted: a few records.
    private static let sealedBytesMax = 64 * 1024

    let machine: any TLSMachine
    /// The end of the time that the handshake may take; nil once it is complete.
    var openingDeadline: MonotonicTime?
    /// Whether a byte of the peer has been used.
    var hasStarted = false
    /// Whether it is in the table's list of connections whose handshake goes on.
    var isListed = false
    /// Whether the machine has failed. Nothing but its alert is sent then.
    var hasFailed = false

    init(machine: any TLSMachine, openingDeadline: MonotonicTime) {
        self.machine = machine
        self.openingDeadline = openingDeadline
    }

    var isOpening: Bool { openingDeadline != nil }

    /// The number of encrypted bytes that the kernel has not accepted.
    var sealedCount: Int { machine.output.count }

    /// Encrypts what waits, and sends as much as the kernel accepts. While the handshake goes on, `ready` stays as it
    /// is.
    func send(_ ready: inout ByteQueue, to connection: ConnectionID, over network: any Network) -> SendOutcome {
        while true {
            if machine.isOpen, !hasFailed, !ready.isEmpty, machine.output.count < Self.sealedBytesMax {
                let count = min(ready.count, Self.sealedBytesMax)
                ready.withSpan { machine.seal($0.extracting(..<count)) }
                ready.removeFirst(count)
            }
            if machine.output.isEmpty { return .sent }
            let outcome = network.send(&machine.output, to: connection)
            guard case .sent = outcome else { return outcome }
            machine.output.release()
            if ready.isEmpty || !machine.isOpen { return .sent }
        }
    }
}
