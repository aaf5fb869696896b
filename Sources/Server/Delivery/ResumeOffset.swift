import Bytes
import Domain
import Gateway

/// The offset of Socket.IO's connection state recovery: the event up to which a client has everything, and its user.
///
///     <identity of the event> "." <user's number>
///
/// The official client keeps the last offset for as long as its page lives, even if another user logs in on the same
/// socket: what one user has read says nothing about the other.
struct ResumeOffset {
    let id: NotificationID

    /// Nil if it was not given to this user.
    init?(_ text: String, user: Identifier) {
        guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")), let id = NotificationID(String(text[..<dot])),
            Decimal.parse(text.utf8[text.utf8.index(after: dot)...]) == UInt64(user)
        else { return nil }
        self.id = id
    }

    /// - Parameter id: the text of the event's identity.
    static func text(id: [UInt8], user: Identifier) -> [UInt8] {
        var text = id
        text.append(UInt8(ascii: "."))
        text.append(decimal: user)
        return text
    }
}
