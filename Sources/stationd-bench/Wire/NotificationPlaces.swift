/// Where a notification's numbers are in its Socket.IO packet:
///
///     42/notifications,["support:ticket:created",{"id":"<epoch>-<sequence>", … "support_id":<number>, …
///     … "description":"#<run number, ten digits> …
///
/// For one server the text between them has a fixed length, so after the first notification nothing is searched.
struct NotificationPlaces {
    /// What a ticket's description begins with, before the ten digits.
    static let marker: StaticString = "\"description\":\"#"
    /// Digits of a run number.
    static let runNumberWidth = 10
    private static let opening: StaticString = "42/notifications,[\"support:ticket:created\",{\"id\":\""
    private static let ticket: StaticString = "\"support_id\":"

    /// From the payload's start to the sequence.
    private var sequencePlace = 0
    /// From the sequence's end to the ticket's number.
    private var ticketDistance = 0
    /// From the end of the ticket's number to the run number.
    private var runNumberDistance = 0

    /// Whether the places are known.
    var isKnown: Bool { sequencePlace > 0 }

    /// Whether a text payload is a notification of a new ticket.
    @inline(__always)
    static func isNotification(_ payload: UnsafeRawBufferPointer) -> Bool {
        // The `s` of `support:ticket:created` distinguishes it from `connected` and `notifications:…`.
        let mark = 19
        guard payload.count > 64 else { return false }
        return unsafe (payload[0], payload[1], payload[mark]) == (0x34, 0x32, 0x73)
    }

    /// The sequence number of a notification; nil if there is none at its place.
    @inline(__always)
    func sequence(of payload: UnsafeRawBufferPointer) -> (value: UInt64, end: Int)? {
        guard sequencePlace < payload.count, unsafe payload[sequencePlace - 1] == 0x2D else { return nil }
        let found = unsafe ByteScan.number(in: payload, from: sequencePlace)
        return found.end > sequencePlace ? found : nil
    }

    /// The run number of a notification whose sequence ends at `end`; nil if there is none at its place.
    func runNumber(of payload: UnsafeRawBufferPointer, after end: Int) -> Int? {
        let ticket = unsafe ByteScan.number(in: payload, from: end + ticketDistance)
        let place = ticket.end + runNumberDistance
        guard place + Self.runNumberWidth <= payload.count, unsafe payload[place - 1] == 0x23 else { return nil }
        let number = unsafe ByteScan.number(in: payload, from: place)
        return number.end == place + Self.runNumberWidth ? Int(truncatingIfNeeded: number.value) : nil
    }

    /// The digits of the sequence in a notification, and where the run number begins; nil if it is not about one of our
    /// tickets.
    static func numbers(in payload: UnsafeRawBufferPointer) -> (sequence: Range<Int>, runNumber: Int)? {
        var places = NotificationPlaces()
        guard unsafe places.learn(from: payload), let (_, end) = unsafe places.sequence(of: payload),
            let marker = unsafe ByteScan.find(marker, in: payload, from: end)
        else { return nil }
        return (places.sequencePlace..<end, marker + Self.marker.utf8CodeUnitCount)
    }

    /// Learns the places from a notification. Returns false if it is not about one of our tickets.
    mutating func learn(from payload: UnsafeRawBufferPointer) -> Bool {
        let idStart = Self.opening.utf8CodeUnitCount
        guard unsafe ByteScan.find(Self.opening, in: payload) == 0,
            let hyphen = unsafe payload[idStart...].firstIndex(of: 0x2D)
        else { return false }
        let sequenceEnd = unsafe ByteScan.number(in: payload, from: hyphen + 1).end
        guard let ticket = unsafe ByteScan.find(Self.ticket, in: payload, from: sequenceEnd),
            let marker = unsafe ByteScan.find(Self.marker, in: payload, from: sequenceEnd)
        else { return false }
        let ticketStart = ticket + Self.ticket.utf8CodeUnitCount
        let ticketEnd = unsafe ByteScan.number(in: payload, from: ticketStart).end
        sequencePlace = hyphen + 1
        ticketDistance = ticketStart - sequenceEnd
        runNumberDistance = marker + Self.marker.utf8CodeUnitCount - ticketEnd
        return true
    }
}
