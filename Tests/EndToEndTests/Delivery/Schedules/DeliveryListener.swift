import Foundation
import JSON
import Simulation
import Synchronization

/// A client that wants to hear everything. It connects and listens, and reconnects whenever its connection is lost.
final class DeliveryListener: Sendable {
    /// The kind of client that a listener is.
    struct Kind: Sendable, CustomStringConvertible {
        var user: DeliveryLedger.UserID
        var options: NotificationSocket.Options
        /// The pause after each event, so that more are on their way when the client answers a ping.
        var pauseMicros: UInt32 = 0

        var description: String {
            let more = (options.acknowledges ? "+ack" : "") + (options.resumes ? "+recovery" : "")
            return "\(user) over \(options.way.rawValue)\(more)"
        }
    }

    /// What the listener is to do.
    private struct Orders {
        enum Place { case away, throughProxy, straight }

        var place = Place.throughProxy
        var isClean: Bool { place == .straight }
        /// A new number makes the listener abandon its current connection without a word.
        var connection = 0
        var isDeaf = false
        var isOver = false
    }

    let kind: Kind
    private let token: String
    private let proxy: FaultyProxy
    private let line: StationLine
    private let ledger: DeliveryLedger
    private let lineBytes: Int?
    private let orders = Mutex(Orders())
    /// The number of the connection that has received `connected`, or -1.
    private let listening = Atomic<Int>(-1)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter lineBytes: the most bytes that its line to the station holds, if they are to be few.
    init(_ kind: Kind, token: String, line: StationLine, ledger: DeliveryLedger, lineBytes: Int? = nil) throws {
        self.kind = kind
        self.token = token
        self.line = line
        self.ledger = ledger
        self.lineBytes = lineBytes
        proxy = try FaultyProxy(holding: lineBytes) { line.port }
    }

    func start() {
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    // MARK: Disturbing the listener

    func reset() { proxy.reset() }

    func closeInOrder() { proxy.close() }

    /// Hangs the connection. The listener notices and moves on to another.
    func freezeAndLeave() {
        proxy.freeze()
        change { $0.connection += 1 }
    }

    /// Makes the listener abandon its connection and stay away.
    func goAway() {
        change {
            $0.connection += 1
            $0.place = .away
        }
    }

    func comeBack() { change { $0.place = .throughProxy } }

    /// Makes the listener answer no more pings on this connection.
    func becomeDeaf() { change { $0.isDeaf = true } }

    /// Makes the listener connect without the proxy from now on.
    func connectDirectly() {
        change {
            $0.connection += 1
            $0.place = .straight
            $0.isDeaf = false
        }
    }

    /// Whether the listener is connected within `seconds`.
    func isListening(within seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        let wanted = orders.withLock(\.connection)
        while listening.load(ordering: .acquiring) != wanted {
            if deadline.isOver { return false }
            usleep(1000)
        }
        return true
    }

    /// Ends the listener and waits for its thread.
    func end() throws {
        change {
            $0.connection += 1
            $0.isOver = true
        }
        guard ended.wait(timeout: .now() + 30) == .success else { throw HarnessFault("a listener did not end") }
        // In case `end` is called again.
        ended.signal()
    }

    private func change(_ body: (inout Orders) -> Void) { orders.withLock { body(&$0) } }

    // MARK: The thread

    private func run() {
        var options = kind.options
        options.patience = 2
        options.receiveBufferBytes = lineBytes
        while true {
            let present = orders.withLock(\.self)
            if present.isOver { return }
            do {
                switch present.place {
                case .away: usleep(2000)
                case .throughProxy: try listen(to: proxy.port, present.connection, &options)
                case .straight: try listen(to: line.port, present.connection, &options)
                }
            } catch let breach as NotificationSocket.Breach {
                ledger.note(fault: "\(kind): \(breach)")
                usleep(20_000)
            } catch {
                // The connection was cut, in one way or another.
                usleep(3000)
            }
        }
    }

    private func listen(to port: UInt16, _ number: Int, _ options: inout NotificationSocket.Options) throws {
        // A client that acknowledges is not sent again what its user acknowledged elsewhere.
        let connection = ledger.open(kind.user, offset: options.acknowledges ? nil : options.offset)
        let socket = try NotificationSocket(port: port, token: token, options)
        ledger.connected(connection)
        if options.resumes {
            guard let pid = socket.pid, options.pid == nil || options.pid == pid else {
                throw NotificationSocket.Breach(
                    description: "the pid \(options.pid ?? "") became \(socket.pid ?? "none")")
            }
            options.pid = pid
        }
        listening.store(number, ordering: .releasing)
        defer {
            listening.store(-1, ordering: .releasing)
            change { $0.isDeaf = false }
        }
        while true {
            let present = orders.withLock(\.self)
            guard present.connection == number else { return }
            socket.answersPings = !present.isDeaf
            guard case .event(let event)? = try socket.next(within: 0.01) else { continue }
            ledger.receive(event.name, event.payload, on: connection)
            if options.resumes {
                let user = socket.greeting["userId"]?.integerValue ?? 0
                let offset = event.id.map { "\($0).\(user)" }
                guard event.name == "notifications:digest" || event.offset == offset else {
                    throw NotificationSocket.Breach(
                        description: "\(event.offset ?? "nothing") is the offset of \(event.id ?? event.name)")
                }
                options.offset = event.offset ?? options.offset
            }
            let isToBeAcknowledged = options.acknowledges && event.id != nil
            guard event.wantsAcknowledgement == isToBeAcknowledged else {
                throw NotificationSocket.Breach(
                    description: "an acknowledgement is wrongly requested, or not requested, with \(event)")
            }
            if !present.isDeaf { try socket.acknowledge(event) }
            if kind.pauseMicros > 0, !present.isClean { usleep(kind.pauseMicros) }
        }
    }
}
