/// The number of a ticket, user, station or comment: given out from 1 upwards, each once. Zero never names anything,
/// so it stands for numbers from outside that cannot be one.
public typealias Identifier = UInt32

/// What a ticket is about.
public enum TicketType: String, CaseIterable, Sendable {
    case batteryIssue = "battery_issue"
    case stationIssue = "station_issue"
    case other
}

/// Where a ticket is in its life.
public enum TicketStatus: String, CaseIterable, Sendable {
    case open
    case inProgress = "in_progress"
    case closed
}

/// How soon a ticket wants attention.
public enum TicketPriority: String, CaseIterable, Sendable {
    case low, medium, high, urgent
}

/// What a user is to the desk.
public enum Role: String, CaseIterable, Sendable {
    case driver
    case stationStaff = "station_staff"
    case admin
}

/// Whether a swap station works.
public enum StationStatus: String, CaseIterable, Sendable {
    case active, inactive, maintenance
}
