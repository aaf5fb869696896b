import HTTP

/// The table of routes. `Allow`, 404 and 405 follow from it.
extension REST {
    /// The routes of every station.
    static var stationRoutes: [Route] {
        let short = Route.shortBodyBytesMax
        return [
            Route(.get, "/healthz", .anyone(REST.health)),
            Route(.get, "/readyz", .anyone(REST.readiness)),
            Route(.get, "/metrics", .anyone(REST.metrics)),

            Route(.post, "/api/v1/auth/login", .anyone(REST.login), bodyBytesMax: short),
            Route(.post, "/api/v1/auth/refresh", .user(REST.refresh), bodyBytesMax: short, isChange: false),
            Route(.get, "/api/v1/auth/me", .user(REST.me)),
            Route(.patch, "/api/v1/auth/password", .user(REST.changePassword), bodyBytesMax: short),

            Route(.get, "/api/v1/support", .tickets(TicketAPI.list)),
            Route(.post, "/api/v1/support", .tickets(TicketAPI.create)),
            Route(.get, "/api/v1/support/statistics", .tickets(TicketAPI.statistics)),
            Route(.get, "/api/v1/support/user/{id}", .tickets(TicketAPI.listOfUser)),
            Route(.get, "/api/v1/support/station/{id}", .tickets(TicketAPI.listAtStation)),
            Route(.get, "/api/v1/support/status/{status}", .tickets(TicketAPI.listWithStatus)),
            Route(.get, "/api/v1/support/{id}", .tickets(TicketAPI.read)),
            Route(.patch, "/api/v1/support/{id}", .tickets(TicketAPI.update)),
            Route(.delete, "/api/v1/support/{id}", .tickets(TicketAPI.delete), bodyBytesMax: short),
            Route(.patch, "/api/v1/support/{id}/status", .tickets(TicketAPI.updateStatus), bodyBytesMax: short),
            Route(.patch, "/api/v1/support/{id}/rating", .tickets(TicketAPI.updateRating), bodyBytesMax: short),
            Route(.get, "/api/v1/support/{id}/comments", .tickets(TicketAPI.comments)),
            Route(.post, "/api/v1/support/{id}/comments", .tickets(TicketAPI.addComment)),
            Route(.get, "/api/v1/support/{id}/history", .tickets(TicketAPI.history)),

            Route(.get, "/api/v1/notifications", .inbox(InboxAPI.list)),
            Route(.get, "/api/v1/notifications/unread-count", .inbox(InboxAPI.unreadCount)),
            Route(.post, "/api/v1/notifications/read-all", .inbox(InboxAPI.readAll), bodyBytesMax: short),
            Route(.patch, "/api/v1/notifications/{id}", .inbox(InboxAPI.readOne), bodyBytesMax: short),

            Route(.get, "/api/v1/users", .people(PeopleAPI.listUsers)),
            Route(.post, "/api/v1/users", .people(PeopleAPI.createUser), bodyBytesMax: short),
            Route(.get, "/api/v1/users/{id}", .people(PeopleAPI.readUser)),
            Route(.patch, "/api/v1/users/{id}", .people(PeopleAPI.updateUser), bodyBytesMax: short),
            Route(.delete, "/api/v1/users/{id}", .people(PeopleAPI.deleteUser), bodyBytesMax: short),
            Route(.get, "/api/v1/stations", .people(PeopleAPI.listStations)),
            Route(.post, "/api/v1/stations", .people(PeopleAPI.createStation), bodyBytesMax: short),
            Route(.get, "/api/v1/stations/{id}", .people(PeopleAPI.readStation)),
            Route(.patch, "/api/v1/stations/{id}", .people(PeopleAPI.updateStation), bodyBytesMax: short),

            Route(.get, "/api/v1/status", .user(REST.status)),
        ]
    }

    /// The routes of a central server alone: for admins, and for the members of its fleet.
    static var fleetRoutes: [Route] {
        let member = "/api/v1/stations/{station}"
        let sync = "/api/v1/sync/stations/{station}"
        let short = Route.shortBodyBytesMax
        return [
            Route(.get, "/api/v1/fleet", .admin(FleetAPI.list)),
            Route(.get, "/api/v1/fleet/support", .admin(FleetAPI.allTickets)),
            Route(.get, "/api/v1/fleet/{station}", .admin(FleetAPI.read)),
            Route(.get, member + "/support", .admin(FleetAPI.tickets)),
            Route(.get, member + "/support/statistics", .admin(FleetAPI.statistics)),
            Route(.get, member + "/support/{id}", .admin(FleetAPI.ticket)),
            Route(.patch, member + "/support/{id}", .admin(FleetAPI.updateTicket)),
            Route(.delete, member + "/support/{id}", .admin(FleetAPI.deleteTicket), bodyBytesMax: short),
            Route(.patch, member + "/support/{id}/status", .admin(FleetAPI.updateStatus), bodyBytesMax: short),
            Route(.get, member + "/support/{id}/comments", .admin(FleetAPI.comments)),
            Route(.post, member + "/support/{id}/comments", .admin(FleetAPI.addComment)),
            Route(.get, member + "/support/{id}/history", .admin(FleetAPI.history)),
            Route(.get, member + "/commands", .admin(FleetAPI.commands)),
            Route(.post, member + "/commands", .admin(FleetAPI.postCommand)),
            Route(.get, member + "/commands/{number}", .admin(FleetAPI.command)),
            Route(.delete, member + "/commands/{number}", .admin(FleetAPI.cancelCommand), bodyBytesMax: short),

            Route(.get, sync, .member(CentralRole.position)),
            Route(.post, sync + "/events", .member(CentralRole.receiveEvents)),
            Route(.get, sync + "/commands", .member(CentralRole.commands)),
        ]
    }
}
