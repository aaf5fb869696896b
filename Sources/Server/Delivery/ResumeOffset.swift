import Bytes
import Domain
import Gateway

/// The offset from which a client resumes (Socket.IO's connection state recovery): the event up to which it has
/// everything, and its user.
///
///     <identity of the event> "." <user's number>
///
/// The official client keeps the last offset for as long as its page lives, even if another user logs in on the same
/// socket, and what one user has read says nothing about another.
struct ResumeOffset {
    let id: NotificationID

    /// Parses an offset; nil if it was not given to this user.
    init?(_ text: String, user: Identifier) {
        guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")), let id = NotificationID(String(text[..<dot])),
            Decimal.parse(text.utf8[text.utf8.index(after: dot)...]) == UInt64(user)
        else { return nil }
        self.id = id
    }

    /// The offset for a user as text.
    ///
    /// - Parameter id: the event's identity as text.
    static func text(id: [UInt8], user: Identifier) -> [UInt8] {
        var text = id
        text.append(UInt8(ascii: "."))
        text.append(decimal: user)
        return text
    }
}
