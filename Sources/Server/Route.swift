import Domain
import HTTP

/// The paths of the REST interface, each with the methods that it answers to.
enum Route: Hashable {
    case login, refresh, me, ownPassword
    case tickets, statistics
    case ticket(String), ticketStatus(String), ticketRating(String), comments(String), history(String)
    case userTickets(String), stationTickets(String), statusTickets(String)
    case notifications, unreadCount, readAll, notification(String)
    case users, user(String)
    case stations, station(String)
    case status
    case health, readiness, metrics
    case fleet(FleetRoute)

    /// The route of a path's decoded segments, or nil where there is none.
    ///
    /// A slash at the end means nothing, as in Express.
    ///
    /// - Parameter isCentral: whether there is a fleet.
    init?(_ segments: [String], isCentral: Bool = false) {
        let segments = segments.last == "" ? Array(segments.dropLast()) : segments
        switch segments {
        case ["healthz"]: self = .health
        case ["readyz"]: self = .readiness
        case ["metrics"]: self = .metrics
        default:
            guard segments.count > 2, segments[0] == "api", segments[1] == "v1" else { return nil }
            let versioned = Array(segments[2...])
            if isCentral, let fleet = FleetRoute(versioned) {
                self = .fleet(fleet)
            } else {
                self.init(versioned: versioned)
            }
        }
    }

    private init?(versioned segments: [String]) {
        switch (segments.count, segments[0]) {
        case (1, "support"): self = .tickets
        case (1, "notifications"): self = .notifications
        case (1, "users"): self = .users
        case (1, "stations"): self = .stations
        case (1, "status"): self = .status
        case (2, "auth"): self.init(auth: segments[1])
        case (2, "support"): self = segments[1] == "statistics" ? .statistics : .ticket(segments[1])
        case (2, "notifications"): self.init(notifications: segments[1])
        case (2, "users"): self = .user(segments[1])
        case (2, "stations"): self = .station(segments[1])
        case (3, "support"): self.init(support: segments[1], segments[2])
        default: return nil
        }
    }

    private init?(auth name: String) {
        switch name {
        case "login": self = .login
        case "refresh": self = .refresh
        case "me": self = .me
        case "password": self = .ownPassword
        default: return nil
        }
    }

    private init(notifications name: String) {
        switch name {
        case "unread-count": self = .unreadCount
        case "read-all": self = .readAll
        default: self = .notification(name)
        }
    }

    private init?(support first: String, _ second: String) {
        switch (first, second) {
        case ("user", _): self = .userTickets(second)
        case ("station", _): self = .stationTickets(second)
        case ("status", _): self = .statusTickets(second)
        case (_, "status"): self = .ticketStatus(first)
        case (_, "rating"): self = .ticketRating(first)
        case (_, "comments"): self = .comments(first)
        case (_, "history"): self = .history(first)
        default: return nil
        }
    }

    /// GET implies HEAD, and every route answers OPTIONS.
    var methods: [HTTPMethod] {
        switch self {
        case .login, .refresh, .readAll: [.post]
        case .ownPassword, .ticketStatus, .ticketRating, .notification: [.patch]
        case .tickets, .comments, .users, .stations: [.get, .post]
        case .ticket, .user: [.get, .patch, .delete]
        case .station: [.get, .patch]
        case .me, .statistics, .history, .userTickets, .stationTickets, .statusTickets, .notifications, .unreadCount,
            .status, .health, .readiness, .metrics:
            [.get]
        case .fleet(let route): route.methods
        }
    }

    /// The value of `Allow` (RFC 9110, section 10.2.1).
    var allow: String {
        var names = methods.map { $0.rawValue.uppercased() }
        if methods.contains(.get) { names.insert("HEAD", at: 1) }
        return (names + ["OPTIONS"]).joined(separator: ", ")
    }

    /// Whether a request must say who asks.
    var needsToken: Bool {
        switch self {
        case .login, .health, .readiness, .metrics: false
        case .fleet(let route): !route.isForStations
        default: true
        }
    }
}
