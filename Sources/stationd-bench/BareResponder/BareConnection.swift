/// One connection of the bare responder.
final class BareConnection {
    let descriptor: Int32
    let token: UInt64
    var input = PartialInput()
    /// It has asked for a WebSocket; it has joined and is sent notifications.
    var isWebSocket = false
    var isListener = false
    /// From where in the turn's frames it has yet to be sent something; nil where it has everything.
    var cursor: Int?

    init(_ descriptor: Int32, token: UInt64) {
        self.descriptor = descriptor
        self.token = token
    }

    deinit { Sockets.close(descriptor) }
}
