import HTTP
import Testing

@testable import Server

@Suite struct RouteTests {
    private static var station: RouteTable { RouteTable(REST.stationRoutes) }
    private static var central: RouteTable { RouteTable(REST.stationRoutes + REST.fleetRoutes) }

    private static func segments(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// A path that a route matches, with numbers for its parameters.
    private static func example(_ route: Route) -> String {
        "/" + route.segments.map { $0.hasPrefix("{") ? "7" : String($0) }.joined(separator: "/")
    }

    private func methods(_ path: String, in table: RouteTable) -> String? {
        table.resource(at: Self.segments(path))?.allow
    }

    @Test func `every path of the interface has its methods`() {
        let expected = [
            "/api/v1/auth/login": "POST, OPTIONS", "/api/v1/auth/refresh": "POST, OPTIONS",
            "/api/v1/auth/logout": "POST, OPTIONS", "/api/v1/users/7/logout": "POST, OPTIONS",
            "/api/v1/auth/me": "GET, HEAD, PATCH, OPTIONS", "/api/v1/auth/password": "PATCH, OPTIONS",
            "/api/v1/support": "GET, HEAD, POST, OPTIONS",
            "/api/v1/support/7": "GET, HEAD, PATCH, DELETE, OPTIONS",
            "/api/v1/support/statistics": "GET, HEAD, OPTIONS",
            "/api/v1/support/counts": "GET, HEAD, OPTIONS", "/api/v1/support/bulk": "POST, OPTIONS",
            "/api/v1/support/report": "GET, HEAD, OPTIONS", "/api/v1/support.csv": "GET, HEAD, OPTIONS",
            "/api/v1/support/7/receipts": "GET, HEAD, OPTIONS",
            "/api/v1/answers": "GET, HEAD, POST, OPTIONS",
            "/api/v1/answers/7": "GET, HEAD, PATCH, DELETE, OPTIONS",
            "/api/v1/sessions": "GET, HEAD, OPTIONS", "/api/v1/users/7/sessions": "GET, HEAD, OPTIONS",
            "/api/v1/settings": "GET, HEAD, OPTIONS",
            "/api/v1/support/user/7": "GET, HEAD, OPTIONS", "/api/v1/support/station/7": "GET, HEAD, OPTIONS",
            "/api/v1/support/status/7": "GET, HEAD, OPTIONS", "/api/v1/support/7/status": "PATCH, OPTIONS",
            "/api/v1/support/7/rating": "PATCH, OPTIONS",
            "/api/v1/support/7/comments": "GET, HEAD, POST, OPTIONS",
            "/api/v1/support/7/history": "GET, HEAD, OPTIONS", "/api/v1/notifications": "GET, HEAD, OPTIONS",
            "/api/v1/notifications/unread-count": "GET, HEAD, OPTIONS",
            "/api/v1/notifications/read-all": "POST, OPTIONS", "/api/v1/notifications/7": "PATCH, OPTIONS",
            "/api/v1/users": "GET, HEAD, POST, OPTIONS", "/api/v1/users/7": "GET, HEAD, PATCH, DELETE, OPTIONS",
            "/api/v1/stations": "GET, HEAD, POST, OPTIONS", "/api/v1/stations/7": "GET, HEAD, PATCH, OPTIONS",
            "/api/v1/status": "GET, HEAD, OPTIONS", "/healthz": "GET, HEAD, OPTIONS",
            "/readyz": "GET, HEAD, OPTIONS", "/metrics": "GET, HEAD, OPTIONS",
        ]
        for (path, allow) in expected { #expect(methods(path, in: Self.station) == allow, "\(path)") }
        #expect(Set(REST.stationRoutes.map(Self.example)) == Set(expected.keys))
    }

    @Test func `only a central server has the routes of the fleet`() {
        let expected = [
            "/api/v1/fleet": "GET, HEAD, OPTIONS", "/api/v1/fleet/7": "GET, HEAD, OPTIONS",
            "/api/v1/fleet/support": "GET, HEAD, OPTIONS", "/api/v1/stations/7/support": "GET, HEAD, OPTIONS",
            "/api/v1/stations/7/support/statistics": "GET, HEAD, OPTIONS",
            "/api/v1/stations/7/support/7": "GET, HEAD, PATCH, DELETE, OPTIONS",
            "/api/v1/stations/7/support/7/status": "PATCH, OPTIONS",
            "/api/v1/stations/7/support/7/comments": "GET, HEAD, POST, OPTIONS",
            "/api/v1/stations/7/support/7/history": "GET, HEAD, OPTIONS",
            "/api/v1/stations/7/commands": "GET, HEAD, POST, OPTIONS",
            "/api/v1/stations/7/commands/7": "GET, HEAD, DELETE, OPTIONS",
            "/api/v1/sync/stations/7": "GET, HEAD, OPTIONS", "/api/v1/sync/stations/7/events": "POST, OPTIONS",
            "/api/v1/sync/stations/7/commands": "GET, HEAD, OPTIONS",
        ]
        for (path, allow) in expected {
            #expect(methods(path, in: Self.central) == allow, "\(path)")
            #expect(methods(path, in: Self.station) == nil, "\(path)")
        }
        #expect(Set(REST.fleetRoutes.map(Self.example)) == Set(expected.keys))
        #expect(methods("/api/v1/stations/7", in: Self.central) == "GET, HEAD, PATCH, OPTIONS")
        #expect(methods("/api/v1/stations", in: Self.central) == "GET, HEAD, POST, OPTIONS")
    }

    @Test(arguments: [
        "/", "/api", "/api/v1", "/api/v2/support", "/api/v1/nothing", "/api/v1/auth/nothing",
        "/api/v1/support/7/nothing", "/api/v1/support/7/comments/1", "/api/v1/users/3/tickets", "/healthz/x",
        "/api/v1/stations/7/x", "/api/v1/stations/7/support/3/rating", "/api/v1/stations/7/support/3/x/y",
        "/api/v1/fleet/7/x", "/api/v1/sync", "/api/v1/sync/x", "/api/v1/sync/stations", "/api/v1/sync/stations/7/x",
        "/api/v1/stations/7/commands/9/x", "/api/v1/sync/x/7",
    ])
    func `other paths are unknown`(path: String) {
        #expect(Self.central.resource(at: Self.segments(path)) == nil)
    }

    @Test func `every route is found by its own path and method, and by no other method`() {
        for route in REST.stationRoutes + REST.fleetRoutes {
            let resource = Self.central.resource(at: Self.segments(Self.example(route)))
            #expect(resource?.route(for: route.method)?.path == route.path, "\(route.path)")
            #expect(resource?.route(for: .put) == nil, "\(route.path)")
            let places = route.segments.enumerated().filter { $1.hasPrefix("{") }.map(\.offset)
            #expect(resource?.parameterPlaces == places, "\(route.path)")
        }
    }

    @Test func `no two routes have the same method and path`() {
        let names = (REST.stationRoutes + REST.fleetRoutes).map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(names).count == names.count)
    }

    @Test func `a slash at the end means nothing`() {
        let table = Self.station
        #expect(table.resource(at: ["api", "v1", "support", ""])?.routes.first?.path == "/api/v1/support")
        #expect(table.resource(at: ["api", "v1", "support", "7", ""])?.routes.first?.path == "/api/v1/support/{id}")
        #expect(table.resource(at: ["api", "v1", "support", "7", "", ""]) == nil)
    }

    @Test func `supports is another name of support, on every route`() {
        for route in REST.stationRoutes + REST.fleetRoutes where route.path.contains("/support") {
            let path = Self.example(route).replacing("/support", with: "/supports")
            let resource = Self.central.resource(at: Self.segments(path))
            #expect(resource?.route(for: route.method)?.path == route.path, "\(path)")
        }
    }

    @Test func `the case of literal segments does not matter, and empty ones do`() {
        for route in REST.stationRoutes + REST.fleetRoutes {
            let path = Self.example(route).uppercased()
            let resource = Self.central.resource(at: Self.segments(path))
            #expect(resource?.route(for: route.method)?.path == route.path, "\(path)")
        }
        let table = Self.central
        #expect(
            table.resource(at: ["API", "v1", "Supports", "Statistics"])?.routes.first?.path.hasSuffix("statistics")
                == true)
        #expect(table.resource(at: ["api", "v1", "", "support"]) == nil)
        #expect(table.resource(at: ["", "api", "v1", "support"]) == nil)
        #expect(table.resource(at: ["api", "v1", "support", "7", "", "comments"]) == nil)
        #expect(table.resource(at: ["api", "v1", "7support"]) == nil)
    }

    @Test func `a literal segment goes before a parameter, but only if the rest matches`() {
        let table = Self.station
        #expect(
            table.resource(at: Self.segments("/api/v1/support/statistics"))?.routes.first?.path
                == "/api/v1/support/statistics")
        #expect(
            table.resource(at: Self.segments("/api/v1/support/statistics/comments"))?.routes.first?.path
                == "/api/v1/support/{id}/comments")
    }

    /// Every other change has a text of thousands of characters, or a batch.
    @Test func `requests with short fields have a short body`() {
        let routes = (REST.stationRoutes + REST.fleetRoutes).filter { $0.method != .get && $0.bodyBytesMax == nil }
        #expect(
            routes.map { "\($0.method.rawValue) \($0.path)" } == [
                "POST /api/v1/support", "POST /api/v1/support/bulk", "PATCH /api/v1/support/{id}",
                "POST /api/v1/support/{id}/comments", "POST /api/v1/answers", "PATCH /api/v1/answers/{id}",
                "PATCH /api/v1/stations/{station}/support/{id}",
                "POST /api/v1/stations/{station}/support/{id}/comments", "POST /api/v1/stations/{station}/commands",
                "POST /api/v1/sync/stations/{station}/events",
            ])
        for route in REST.stationRoutes where route.bodyBytesMax != nil { #expect(route.bodyBytesMax == 16_384) }
    }

    /// What ends a stolen token must not share a quota with it, so signing out counts by itself and a new password by
    /// the quotas of passwords. In bulk each ticket counts.
    @Test func `everything but reading, tokens and the own password is a change`() {
        for route in REST.stationRoutes + REST.fleetRoutes {
            let isOwn = ["refresh", "logout", "password"].contains { route.path == "/api/v1/auth/\($0)" }
            let isBulk = route.path == "/api/v1/support/bulk"
            #expect(route.isChange == (route.method != .get && !isOwn && !isBulk), "\(route.path)")
        }
    }

    @Test func `only login and probes need no token, and only members have their own`() {
        let open = REST.stationRoutes.filter { $0.access == .anyone }.map(\.path)
        #expect(open == ["/healthz", "/readyz", "/metrics", "/api/v1/auth/login"])
        for route in REST.fleetRoutes {
            #expect(route.access == (route.path.contains("/sync/") ? .member : .admin), "\(route.path)")
        }
    }
}
