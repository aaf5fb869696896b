import Bytes
import HTTP
import Platform
import SocketIO

/// What clients may use together: places of those that have never proved who they are, their input, and the output that
/// waits for slow readers.
extension EventLoop {
    /// How often a limit has refused or closed something since the start.
    public func refusalCount(of limit: GatewayLimit) -> Int { refusalCounts[limit] ?? 0 }

    func noteRefusal(_ limit: GatewayLimit) { refusalCounts[limit, default: 0] += 1 }

    // MARK: Who has authenticated

    /// Notes that a connection's client has proved who it is, so that it keeps its place when others need one.
    public func noteAuthenticated(_ id: ConnectionID) {
        guard let connection = connections[id], connection.silentNumber != 0 else { return }
        connections.silent.remove(connection.silentNumber)
        connection.silentNumber = 0
    }

    /// The same for a client of Engine.IO and the WebSocket that carries it.
    func noteAuthenticated(_ client: EngineClient) {
        sessions.noteAuthenticated(client)
        if let webSocket = client.engine.webSocket { noteAuthenticated(ConnectionID(rawValue: webSocket)) }
    }

    /// Whether a client has left, or has ended its side and so can be told nothing but the answer it is owed.
    public func hasLeft(_ id: ConnectionID) -> Bool { connections[id]?.hasInputEnded ?? true }

    // MARK: Places

    /// Makes a place for one more connection from an address; false if no connection of a silent client may go.
    ///
    /// - Parameter isOfSite: whether it must be one from the same address.
    func makePlace(for peer: PeerAddress, isOfSite: Bool) -> Bool {
        let mayGo = { (id: ConnectionID, isNew: Bool) in
            guard let connection = self.connections[id], case .http(let http) = connection.stage else { return true }
            // What a newcomer has sent at once, perhaps with a token, has yet to be read.
            if isNew, connection.isActive { return false }
            // The service works on a request that it owes an answer to, and bounds the number of these itself: a login
            // must not lose its place while it waits for others.
            return !http.isAnswerOwed || http.engineClient != nil
        }
        let oldest =
            isOfSite
            ? connections.silent.oldest(from: peer.site, turn: turnCount, mayGo: mayGo)
            : connections.silent.oldest(turn: turnCount, mayGo: mayGo)
        guard let oldest, let connection = connections[oldest] else { return false }
        noteRefusal(.silentConnections)
        closeConnection(connection)
        return true
    }

    /// Makes a place for one more session in the same way.
    func makeSessionPlace(for peer: PeerAddress, isOfSite: Bool) -> Bool {
        let oldest =
            isOfSite
            ? sessions.silent.oldest(from: peer.site, turn: turnCount) { !$1 }
            : sessions.silent.oldest(turn: turnCount) { !$1 }
        guard let oldest, let client = sessions[oldest] else { return false }
        noteRefusal(.silentConnections)
        client.engine.abandon(.forcedClose)
        pump(client)
        return true
    }

    // MARK: Input

    /// Counts the input that waits in a connection whose client has not authenticated.
    func countInput(of connection: Connection) {
        guard connection.silentNumber != 0 else { return }
        let bytes: Int =
            switch connection.stage {
            case .http(let http): http.machine.bufferedBytes
            case .webSocket(let webSocket): webSocket.machine.bufferedBytes
            case .preface(let preface): preface.machine.bufferedBytes
            case .child, .outgoing: 0
            }
        connections.silent.setInput(bytes, of: connection.silentNumber)
    }

    /// Refuses the largest inputs of clients that have not authenticated until the others are within the limit.
    func boundInput() {
        let max = settings.unauthenticatedInputBytesMax
        guard max > 0 else { return }
        while connections.silent.inputBytes > max, let largest = connections.silent.largestInput, largest.bytes > 0,
            let connection = connections[largest.id]
        {
            noteRefusal(.unauthenticatedInput)
            warn("\(connection.peer) sends too much: limits.unauthenticated_input_bytes_max (\(max)) is reached")
            if case .http(let http) = connection.stage, http.machine.abandonRequest() {
                let refusal = Self.tryLater(.serviceUnavailable, "Too many requests are under way")
                refuse(connection, http, with: refusal)
                countInput(of: connection)
            } else {
                closeConnection(connection, reset: true)
            }
        }
    }

    // MARK: Output

    /// The bytes that a peer must read within the timeout while output waits for it.
    var enoughReadBytes: Int {
        let (product, isTooLarge) = settings.slowClientBytesPerSecondMin.multipliedReportingOverflow(
            by: Int(clamping: settings.slowClientTimeoutMillis))
        return isTooLarge ? .max : max(1, product / 1000)
    }

    /// Notes what a send has left waiting, and how much the peer has read of it.
    func noteStall(of connection: Connection, waitingBefore waiting: Int) {
        // The service chose the peers of its own connections, so these have a time-out alone.
        let isOwn = connection.kind == .own
        let stall: OutputStall
        if let known = connection.stall {
            stall = known
            known.noteRead(
                waiting - connection.readyCount, enoughBytes: isOwn ? 1 : enoughReadBytes, now: now.monotonic)
        } else {
            stall = OutputStall(start: now.monotonic)
            connection.stall = stall
        }
        if isOwn { return }
        waitingOutputBytes += connection.readyCount - stall.countedBytes
        stall.countedBytes = connection.readyCount
    }

    /// Notes that nothing waits for the connection's peer any more.
    func endStall(of connection: Connection) {
        waitingOutputBytes -= connection.stall?.countedBytes ?? 0
        connection.stall = nil
    }

    /// Counts what waits for a client's next poll.
    func countOutput(of client: EngineClient) {
        let bytes = client.engine.bufferedBytes
        guard bytes != client.countedBytes else { return }
        if client.countedBytes == 0 { client.waitingSince = now.monotonic }
        waitingOutputBytes += bytes - client.countedBytes
        client.countedBytes = bytes
    }

    /// Something that waits to be sent, as a share of all of it.
    private enum OutputShare {
        case connection(Connection)
        case client(EngineClient)
    }

    /// Closes the clients that keep most output waiting for longest until the others are within the limit. They can
    /// come back for what they missed.
    func boundOutput() {
        let max = settings.outputBytesMax
        guard max > 0, waitingOutputBytes > max else { return }
        var shares: [(share: OutputShare, cost: Int)] = []
        for connection in connections.all {
            guard let stall = connection.stall, stall.countedBytes > 0 else { continue }
            shares.append((.connection(connection), cost(stall.countedBytes, since: stall.start)))
        }
        for client in sessions.all where client.countedBytes > 0 {
            shares.append((.client(client), cost(client.countedBytes, since: client.waitingSince)))
        }
        shares.sort { $0.cost > $1.cost }
        for (share, _) in shares where waitingOutputBytes > max {
            noteRefusal(.output)
            switch share {
            case .connection(let connection):
                warn("\(connection.peer) reads too slowly: limits.output_bytes_max (\(max)) is reached")
                closeConnection(connection, reset: true)
            case .client(let client):
                warn("\(client.peer) polls too slowly: limits.output_bytes_max (\(max)) is reached")
                client.engine.abandon(.bufferFull)
                pump(client)
            }
        }
    }

    private func cost(_ bytes: Int, since start: MonotonicTime) -> Int {
        let millis = Int(clamping: now.monotonic.milliseconds(since: start))
        return bytes.multipliedReportingOverflow(by: Swift.max(1, millis)).partialValue
    }
}
