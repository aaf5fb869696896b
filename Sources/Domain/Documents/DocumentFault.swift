/// Why a journal record or a document does not say what it should: it was damaged, or edited by hand with a slip.
public struct DocumentFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The member at fault, with the names of those around it: `ticket.user_id`.
    public let member: String

    /// What it should be: `must be a time`.
    public let expectation: String

    public var description: String { member.isEmpty ? expectation : "\(member) \(expectation)" }
}
