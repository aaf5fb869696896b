import JSON

/// What all answers of the API have in common: a status where nobody listens, an object with `error` where JetStream
/// refuses, else the object that was asked for.
enum JetStreamAnswer {
    private static let limits = JSONLimits(depthMax: 32)

    /// The object of an answer that is no refusal. The error comes first: an acknowledgement that carries one has a
    /// stream and a sequence too.
    static func object(_ message: NATSMessage) throws(JetStreamFault) -> JSONObject {
        if let status = message.status {
            guard status.code != 503 else { throw .noResponders }
            throw .malformed("JetStream answered with the status \(status.code) \(status.description)")
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(message.payload, limits: limits)
        } catch {
            throw .malformed("JetStream's answer is no JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw .malformed("JetStream's answer is \(value.kind) and no object")
        }
        switch object["error"] {
        case nil, .null?: return object
        case .object(let error)?: throw .refused(JetStreamError(error))
        case let error?: throw .malformed("the error in JetStream's answer is \(error.kind) and no object")
        }
    }

    /// What JetStream did not say.
    static func missing(_ member: String) -> JetStreamFault {
        .malformed("JetStream's answer has no usable \"\(member)\"")
    }
}

extension JSONValue {
    /// A sequence or a count.
    var unsignedValue: UInt64? {
        if case .unsigned(let value) = self { value } else { integerValue.flatMap { UInt64(exactly: $0) } }
    }
}
