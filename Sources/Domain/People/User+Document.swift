import JSON

// users/<id>.json: the members of an answer, then password_hash, tokens_ended_at, created_sequence,
// appointed_sequence, appointed_count and sequence.

extension User: Document {
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        try self.init(reader, sequence: try reader.sequence("sequence"))
        guard self.id == id else { throw reader.fault("user_id", "must be the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): self = user
        default: return nil
        }
    }

    var path: DocumentPath { DocumentPath(.users, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): paths.append(DocumentPath(.users, user.id))
        case .userDeleted(let id, _): paths.append(DocumentPath(.users, id))
        default: break
        }
    }

    var documentSequence: UInt64 { sequence }

    mutating func fold(_ event: Event) -> Bool {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): self = user
        case .userDeleted: return false
        default: break
        }
        return true
    }

    func write(into object: inout JSONObject) {
        writeMembers(into: &object)
        writeSecretMembers(into: &object)
    }
}
