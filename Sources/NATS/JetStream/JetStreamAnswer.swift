import JSON

/// What all answers of the API have in common: a status if nobody listens, an object with `error` if JetStream refuses,
/// otherwise the object that was asked for.
enum JetStreamAnswer {
    private static let limits = JSONLimits(depthMax: 32)

    /// The object of an answer that is not a refusal. `error` is checked first, because an acknowledgement that carries
    /// one has a stream and a sequence too.
    static func object(_ message: NATSMessage) throws(JetStreamFault) -> JSONObject {
        if let status = message.status {
            guard status.code != 503 else { throw .noResponders }
            throw .malformed("JetStream answered with the status \(status.code) \(status.description)")
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(message.payload, limits: limits)
        } catch {
            throw .malformed("JetStream's answer is not JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw .malformed("JetStream's answer is \(value.kind), not an object")
        }
        switch object["error"] {
        case nil, .null?: return object
        case .object(let error)?: throw .refused(JetStreamError(error))
        case let error?: throw .malformed("the error in JetStream's answer is \(error.kind), not an object")
        }
    }

    /// The fault of an answer that lacks a member.
    static func missing(_ member: String) -> JetStreamFault {
        .malformed("JetStream's answer has no usable \"\(member)\"")
    }
}

extension JSONValue {
    /// The value as a sequence or a count.
    var unsignedValue: UInt64? {
        if case .unsigned(let value) = self { value } else { integerValue.flatMap { UInt64(exactly: $0) } }
    }
}
