import Platform
import SocketIO

/// Work that comes up during a call of the service and must wait until the service has returned, so that it is never
/// called from within one of its own calls.
struct DeferredWork {
    /// An action of a client's session that is meant for the service.
    enum HeldAction {
        case engine(EngineAction)
        case socketIO(SocketIOAction)
    }

    /// Connections to be closed because their clients read too slowly.
    private var abandoned: [ConnectionID] = []
    /// Clients with an action for the service. Later actions of such a client wait too.
    private var held: [(client: EngineClient, action: HeldAction)] = []
    /// Clients with an action for the service that waits for the next turn, because they have used up their share of
    /// this one.
    private var postponed: [(client: EngineClient, action: HeldAction)] = []
    /// Clients that have room to send again.
    private var withRoom: [ClientWithRoom] = []

    /// Whether there is nothing to do; otherwise the loop must not sleep.
    var isEmpty: Bool { abandoned.isEmpty && held.isEmpty && withRoom.isEmpty && postponed.isEmpty }

    mutating func abandon(_ connection: ConnectionID) { abandoned.append(connection) }

    mutating func dequeueAbandoned() -> ConnectionID? { abandoned.isEmpty ? nil : abandoned.removeFirst() }

    mutating func hold(_ action: HeldAction, of client: EngineClient) {
        client.isHeld = true
        held.append((client, action))
    }

    /// Holds an action until the next turn.
    mutating func postpone(_ action: HeldAction, of client: EngineClient) {
        client.isHeld = true
        postponed.append((client, action))
    }

    /// The turn has no time left for clients that are held.
    mutating func postponeHeld() {
        postponed = held + postponed
        held = []
    }

    /// A new turn has begun.
    mutating func resumePostponed() {
        guard !postponed.isEmpty else { return }
        held += postponed
        postponed.removeAll(keepingCapacity: true)
    }

    /// The client that has been held the longest.
    var nextHeldClient: EngineClient? { held.first?.client }

    /// Removes the action that a client is held for.
    mutating func removeAction(of client: EngineClient) -> HeldAction? {
        guard client.isHeld, let place = held.firstIndex(where: { $0.client === client }) else { return nil }
        client.isHeld = false
        return held.remove(at: place).action
    }

    mutating func noteRoom(_ client: ClientWithRoom) { withRoom.append(client) }

    /// Removes and returns the clients that have room, longest first.
    mutating func dequeueRoom() -> [ClientWithRoom] {
        guard !withRoom.isEmpty else { return [] }
        let clients = withRoom
        withRoom.removeAll(keepingCapacity: true)
        return clients
    }
}

/// A client with room to send, for which `EventLoop.awaitRoom` was called.
public enum ClientWithRoom {
    /// A client of Engine.IO.
    case engine(EngineClient)
    /// A plain WebSocket.
    case webSocket(ConnectionID)
}
