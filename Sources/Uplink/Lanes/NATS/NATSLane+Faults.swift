import NATS

/// Words for what goes wrong on a NATS connection, and when to try again.
extension NATSLane {
    func connectionFault(_ error: NATSServerError) -> UplinkFault {
        switch error.kind {
        case .authorizationViolation: UplinkFault(refusedCredentials(error), .intervention)
        case .permissionsViolation: UplinkFault(missingPermission(error), isAskingOtherwise ? .backOff : .intervention)
        case .maximumPayload, .invalidSubject: UplinkFault(error.message, .intervention)
        case .staleConnection, .other: UplinkFault(error.message)
        }
    }

    /// Whether the stream did not answer the direct request. That may pass, in a cluster that has no leader just now.
    private var isAskingOtherwise: Bool {
        if case .comparison(_, isDirect: false, _) = phase { true } else { false }
    }

    private func refusedCredentials(_ error: NATSServerError) -> String {
        let subject = "the NATS server"
        if identity.credentials != nil {
            return "\(subject) does not accept the credentials (\(error.text)): check upstream.credentials_file"
        }
        if identity.token != nil {
            return "\(subject) does not accept the token (\(error.text)): check the token that is configured here"
        }
        if let user = identity.user {
            return
                "\(subject) does not accept the user \(NATSText.printable(user)) with this password (\(error.text)): "
                + "check the user and password that are configured here"
        }
        return
            "\(subject) wants credentials (\(error.text)), and none is configured here: upstream.token, "
            + "upstream.user and upstream.password, or upstream.credentials_file"
    }

    private func missingPermission(_ error: NATSServerError) -> String {
        if case .creation = phase {
            return "the stream \(names.stream.text) or its consumer \(names.mark.text) is missing, and this user may "
                + "not make it (\(error.text)); \(names.setUpCommand)"
        }
        if case .making = commands.phase {
            return "the stream \(names.commandStream.text) or its consumer \(names.consumer.text) is missing, and this "
                + "user may not make it (\(error.text)); \(names.setUpCommand)"
        }
        if case .comparison(_, isDirect: false, _) = phase {
            return "the stream \(names.stream.text) does not answer direct requests (allow_direct), and this user may "
                + "not ask otherwise (\(error.text)); \(names.setUpCommand)"
        }
        // String search would link the parser of regular expressions, an eighth of the binary.
        let quoted = error.text.utf8.split(separator: 0x22)
        let event = shipped.first { shipment in
            guard let subject = names.subject(ofType: shipment.type) else { return false }
            return quoted.contains { $0.elementsEqual(subject.text.utf8) }
        }
        let subject = event.map { "the event \($0.id) was not stored: " } ?? ""
        return "\(subject)\(error.message); \(names.permissions)"
    }

    /// Why publications were given up. The words name the event by its identity.
    func publicationFault(_ fault: JetStreamPublishFault) -> UplinkFault {
        switch fault {
        case .silence(let ordinal):
            UplinkFault("the stream \(names.stream.text) did not acknowledge \(event(ordinal)) in time")
        case .connectionLost: UplinkFault("the NATS server closed the connection before everything was acknowledged")
        case .refused(let ordinal, let fault):
            UplinkFault("\(event(ordinal)) was not stored: \(fault.message)", remedy(for: fault, ofPublication: true))
        }
    }

    private func event(_ ordinal: UInt64) -> String {
        shipped.first { $0.ordinal == ordinal }.map { "the event \($0.id)" } ?? "an event"
    }

    /// Whether JetStream refuses for good or may accept later.
    func remedy(for fault: JetStreamFault, ofPublication isPublication: Bool = false) -> UplinkFault.Remedy {
        switch fault {
        // A stream may be gone for a moment, but the API answers wherever JetStream is enabled.
        case .noResponders: isPublication || names.domain != nil ? .backOff : .intervention
        case .malformed: .backOff
        case .refused(let error):
            switch error.kind {
            case .notEnabled, .streamNameInUse, .subjectsOverlap, .unexpectedStream, .messageTooLarge: .intervention
            case .streamNotFound, .consumerNotFound, .messageNotFound, .outOfResources, .unavailable, .other: .backOff
            }
        }
    }
}
