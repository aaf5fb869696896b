/// What must be durable before something may be sent.
///
/// Commands are decided and applied at once, and become durable a little later. What shows their effect must wait until
/// then, or a crash could take back what somebody was told. What shows older state need not.
public enum Dependency: Hashable, Sendable {
    /// Nothing: it shows no state, or durable state alone.
    case nothing
    /// The event with this number, and all before it.
    case event(UInt64)
    /// Every event decided so far.
    case everything
}
