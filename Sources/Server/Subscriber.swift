import Domain
import Gateway
import JSON
import Platform

/// One socket of one user, whatever it speaks.
///
/// There may be thousands: the properties stand in an order that leaves few gaps.
final class Subscriber {
    enum Channel {
        /// In the namespace `/notifications`.
        case socketIO(EngineClient)
        case webSocket(ConnectionID)
    }

    /// What the client asked for when it connected.
    struct Wishes: OptionSet {
        let rawValue: UInt8

        /// Connection state recovery: offsets with its events.
        static let recovery = Wishes(rawValue: 1)
        /// It acknowledges each notification, and only that proves its delivery.
        static let acknowledgements = Wishes(rawValue: 2)
        /// Of what it missed the most urgent first.
        static let urgentFirst = Wishes(rawValue: 4)

        /// Reads the auth payload of Socket.IO or of a plain WebSocket's first frame; what is not known is passed over.
        static func socketIO(_ auth: JSONObject?) -> Wishes {
            var wishes = urgency(auth?["order"]?.stringValue)
            if auth?["recovery"]?.boolValue == true { wishes.insert(.recovery) }
            if auth?["acknowledgements"]?.boolValue == true { wishes.insert(.acknowledgements) }
            return wishes
        }

        static func urgency(_ order: String?) -> Wishes { order == "priority" ? .urgentFirst : [] }

        init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    let user: Identifier
    let wishes: Wishes
    /// It has left.
    var isGone = false
    /// The public name of the socket: in the log, and the `sid` of its namespace.
    let socketID: RandomName
    let channel: Channel
    /// The claim `iat` of the token that it came with.
    let issuedAt: Int64

    /// Events up to this one happened before the socket was there.
    var replayedThrough: UInt64 = 0
    /// What it has yet to be sent; nil while it is told of everything as it happens.
    var catchUp: CatchUp?
    var proof = DeliveryProof()

    init(user: Identifier, socketID: RandomName, channel: Channel, issuedAt: Int64, wishes: Wishes) {
        self.user = user
        self.socketID = socketID
        self.channel = channel
        self.issuedAt = issuedAt
        self.wishes = wishes
    }

    var framing: EncodedEvent.Framing {
        switch channel {
        case .socketIO: wishes.contains(.recovery) ? .packetWithOffset : .packet
        case .webSocket: .plain
        }
    }
}
