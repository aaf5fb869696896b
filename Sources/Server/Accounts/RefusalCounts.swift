/// The limits whose refusals the service counts, by their names in the configuration.
enum RefusingLimit: String, CaseIterable {
    case driverWrites = "driver_writes_per_minute_max"
    case staffWrites = "staff_writes_per_minute_max"
    case loginTries = "login_tries_max"
    case passwordsPerAccount = "passwords_per_minute_per_account_max"
    case passwordsPerAddress = "passwords_per_minute_per_address_max"
    case passwordQueue = "password_queue_max"
    case passwordQueuePerAddress = "password_queue_per_address_max"
    case passwordQueuePerAccount = "password_queue_per_account_max"
    /// The bound of a route's body, which is no setting.
    case routeBody = "route_body_bytes_max"
}

/// How often each limit has refused something since the start.
final class RefusalCounts {
    private var counts: [RefusingLimit: Int] = [:]

    func note(_ limit: RefusingLimit) { counts[limit, default: 0] += 1 }

    subscript(limit: RefusingLimit) -> Int { counts[limit] ?? 0 }
}
