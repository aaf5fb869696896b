import HTTP
import Testing

@testable import Server

@Suite struct RouteTests {
    @Test func `knows every path of the interface and its methods`() {
        let table: [(String, Route, [HTTPMethod])] = [
            ("/api/v1/auth/login", .login, [.post]),
            ("/api/v1/auth/refresh", .refresh, [.post]),
            ("/api/v1/auth/me", .me, [.get]),
            ("/api/v1/auth/password", .ownPassword, [.patch]),
            ("/api/v1/support", .tickets, [.get, .post]),
            ("/api/v1/support/7", .ticket("7"), [.get, .patch, .delete]),
            ("/api/v1/support/statistics", .statistics, [.get]),
            ("/api/v1/support/user/3", .userTickets("3"), [.get]),
            ("/api/v1/support/station/3", .stationTickets("3"), [.get]),
            ("/api/v1/support/status/open", .statusTickets("open"), [.get]),
            ("/api/v1/support/7/status", .ticketStatus("7"), [.patch]),
            ("/api/v1/support/7/rating", .ticketRating("7"), [.patch]),
            ("/api/v1/support/7/comments", .comments("7"), [.get, .post]),
            ("/api/v1/support/7/history", .history("7"), [.get]),
            ("/api/v1/notifications", .notifications, [.get]),
            ("/api/v1/notifications/unread-count", .unreadCount, [.get]),
            ("/api/v1/notifications/read-all", .readAll, [.post]),
            ("/api/v1/notifications/ab-1", .notification("ab-1"), [.patch]),
            ("/api/v1/users", .users, [.get, .post]),
            ("/api/v1/users/3", .user("3"), [.get, .patch, .delete]),
            ("/api/v1/stations", .stations, [.get, .post]),
            ("/api/v1/stations/3", .station("3"), [.get, .patch]),
            ("/api/v1/status", .status, [.get]),
            ("/healthz", .health, [.get]),
            ("/readyz", .readiness, [.get]),
            ("/metrics", .metrics, [.get]),
        ]
        for (path, route, methods) in table {
            let segments = path.split(separator: "/").map(String.init)
            #expect(Route(segments) == route, "\(path)")
            #expect(route.methods == methods, "\(path)")
        }
    }

    @Test func `only a central server knows the fleet`() {
        let table: [(String, FleetRoute, [HTTPMethod])] = [
            ("fleet", .stations, [.get]), ("fleet/7", .station("7"), [.get]), ("fleet/support", .allTickets, [.get]),
            ("stations/7/support", .tickets("7"), [.get]),
            ("stations/7/support/statistics", .statistics("7"), [.get]),
            ("stations/7/support/3", .ticket("7", "3"), [.get, .patch, .delete]),
            ("stations/7/support/3/status", .ticketStatus("7", "3"), [.patch]),
            ("stations/7/support/3/comments", .comments("7", "3"), [.get, .post]),
            ("stations/7/support/3/history", .history("7", "3"), [.get]),
            ("stations/7/commands", .commands("7"), [.get, .post]),
            ("stations/7/commands/9", .command("7", "9"), [.get, .delete]),
            ("sync/stations/7", .sync("7"), [.get]), ("sync/stations/7/events", .syncEvents("7"), [.post]),
            ("sync/stations/7/commands", .syncCommands("7"), [.get]),
        ]
        for (path, route, methods) in table {
            let segments = ["api", "v1"] + path.split(separator: "/").map(String.init)
            #expect(Route(segments, isCentral: true) == .fleet(route), "\(path)")
            #expect(Route(segments) == nil && route.methods == methods, "\(path)")
            #expect(route.isForStations == path.hasPrefix("sync/"))
        }
        let others = [
            "stations/7/x", "stations/7/support/3/rating", "stations/7/support/3/x/y", "fleet/7/x", "sync", "sync/x",
        ]
        for path in others + ["sync/stations", "sync/stations/7/x", "stations/7/commands/9/x", "sync/x/7"] {
            #expect(
                Route(["api", "v1"] + path.split(separator: "/").map(String.init), isCentral: true) == nil, "\(path)")
        }
        #expect(Route(["api", "v1", "stations", "7"], isCentral: true) == .station("7"))
        #expect(Route(["api", "v1", "stations"], isCentral: true) == .stations)
    }

    @Test(arguments: [
        "/", "/api", "/api/v1", "/api/v2/support", "/api/v1/nothing", "/api/v1/auth/nothing",
        "/api/v1/support/7/nothing", "/api/v1/support/7/comments/1", "/api/v1/users/3/tickets", "/healthz/x",
    ])
    func `knows no other`(path: String) {
        #expect(Route(path.split(separator: "/").map(String.init)) == nil)
    }

    @Test func `a slash at the end means nothing`() {
        #expect(Route(["api", "v1", "support", ""]) == .tickets)
        #expect(Route(["api", "v1", "support", "7", ""]) == .ticket("7"))
        #expect(Route(["api", "v1", "support", "7", "", ""]) == nil)
    }

    @Test func `allow names what is implied`() {
        #expect(Route.tickets.allow == "GET, HEAD, POST, OPTIONS")
        #expect(Route.login.allow == "POST, OPTIONS")
    }

    @Test func `only login and probes need no token`() {
        #expect(!Route.login.needsToken)
        #expect(!Route.health.needsToken)
        #expect(Route.refresh.needsToken)
        #expect(Route.status.needsToken)
    }
}
