/// Who asks for something, and later who did it.
public enum Caller: Hashable, Sendable {
    /// A user who is logged in.
    case user(Identifier)
    /// Whoever works on the machine itself, with the rights of an admin.
    case `operator`
    /// The central server, with the rights of an admin.
    case central
    /// The station itself, for what it notes of its own accord.
    case station

    /// The user's number, where it is a user.
    public var userID: Identifier? {
        if case .user(let id) = self { id } else { nil }
    }

    /// The word that stands for a caller who is no user.
    var word: String? {
        switch self {
        case .user: nil
        case .operator: "operator"
        case .central: "central"
        case .station: "station"
        }
    }
}
