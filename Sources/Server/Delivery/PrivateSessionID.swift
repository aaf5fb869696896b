import Bytes
import Crypto
import Domain
import Gateway
import Store

/// The private session id, by which a client resumes (the `pid` of Socket.IO's connection state recovery).
///
///     <socket id> "." <event after which the connection began> "." <authentication code>
///
/// Everything to be remembered about the connection is in the id, and the code proves that this station gave it to this
/// user. So the station stores nothing for it, and it survives a restart.
struct PrivateSessionID {
    let socketID: RandomName
    /// The user had been sent everything up to this event before the connection.
    let start: UInt64

    private static let codeBytes = 15

    func text(user: Identifier, epoch: String, secret: [UInt8]) -> String {
        let code = Self.code("\(socketID).\(start)", user, epoch, secret)
        return "\(socketID).\(start).\(code)"
    }

    init(socketID: RandomName, start: UInt64) {
        self.socketID = socketID
        self.start = start
    }

    /// Parses an id; nil if this station did not give it to this user.
    init?(_ text: String, user: Identifier, epoch: String, secret: [UInt8]) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, parts.count == 3, let socketID = RandomName(parts[0]),
            let start = Decimal.parse(parts[1].utf8)
        else { return nil }
        let code = Self.code("\(parts[0]).\(parts[1])", user, epoch, secret)
        guard ConstantTime.equal(Array(code.utf8), Array(parts[2].utf8)) else { return nil }
        self.socketID = socketID
        self.start = start
    }

    /// The message contains spaces, so it differs from every signing input of a token.
    private static func code(_ name: String, _ user: Identifier, _ epoch: String, _ secret: [UInt8]) -> String {
        let message = Array("recovery \(epoch) \(user) \(name)".utf8)
        let code = HMACSHA256.authenticationCode(for: message, key: secret)
        return Base64.encode(Array(code.prefix(codeBytes)), as: .url)
    }
}
