/// Which command of the central server a record is the outcome of.
///
/// It stands in the record of the change itself, so that a command and the memory of it become durable together: one
/// that is delivered again, also after a crash, is known.
public struct CommandReference: Hashable, Sendable {
    /// The longest `id` that is taken: bytes of printable ASCII.
    public static let idBytesMax = 200

    public let id: String

    /// The command's number, by which the central server is asked for later ones; see `epoch`.
    public let number: UInt64

    /// What gives numbers their meaning: the central server's epoch, or the time when a stream was made; perhaps empty.
    public let epoch: String

    public init(id: String, number: UInt64, epoch: String) {
        self.id = id
        self.number = number
        self.epoch = epoch
    }

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("id", id)
        sink.member("number", sequence: number)
        sink.member("epoch", epoch)
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        id = try reader.string("id")
        number = try reader.sequence("number")
        epoch = try reader.string("epoch")
    }
}
