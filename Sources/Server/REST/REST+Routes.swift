import HTTP

/// The table of routes. `Allow`, 404 and 405 follow from it.
extension REST {
    /// The routes of every station.
    static var stationRoutes: [Route] {
        let short = Route.shortBodyBytesMax
        return [
            Route(.get, "/healthz", .anyone(REST.health), shows: .nothing),
            Route(.get, "/readyz", .anyone(REST.readiness), shows: .nothing),
            Route(.get, "/metrics", .anyone(REST.metrics), shows: .nothing),

            Route(.post, "/api/v1/auth/login", .anyone(REST.login), bodyBytesMax: short),
            Route(
                .post, "/api/v1/auth/refresh", .user(REST.refresh), shows: .people, bodyBytesMax: short,
                isChange: false),
            Route(.post, "/api/v1/auth/logout", .user(REST.logOut), bodyBytesMax: short, isChange: false),
            Route(.get, "/api/v1/auth/me", .user(REST.me), shows: .people),
            Route(.patch, "/api/v1/auth/me", .user(REST.updateMe), bodyBytesMax: short),
            Route(.patch, "/api/v1/auth/password", .user(REST.changePassword), bodyBytesMax: short, isChange: false),

            Route(.get, "/api/v1/support", .ticketJob(TicketAPI.list), shows: .ownTickets),
            Route(.post, "/api/v1/support", .tickets(TicketAPI.create)),
            Route(.post, "/api/v1/support/bulk", .user(REST.changeTickets), isChange: false),
            Route(.get, "/api/v1/support/counts", .ticketJob(TicketAPI.count), shows: .ownTickets),
            Route(.get, "/api/v1/support/report", .user(REST.report)),
            Route(.get, "/api/v1/support.csv", .user(REST.csv)),
            Route(.get, "/api/v1/support/statistics", .ticketJob(TicketAPI.statistics), shows: .ownTickets),
            Route(.get, "/api/v1/support/user/{id}", .ticketJob(TicketAPI.listOfUser), shows: .ticketsOfUser),
            Route(.get, "/api/v1/support/station/{id}", .ticketJob(TicketAPI.listAtStation), shows: .ownTickets),
            Route(.get, "/api/v1/support/status/{status}", .ticketJob(TicketAPI.listWithStatus), shows: .ownTickets),
            Route(.get, "/api/v1/support/{id}", .tickets(TicketAPI.read), shows: .ticket),
            Route(.patch, "/api/v1/support/{id}", .tickets(TicketAPI.update)),
            Route(.delete, "/api/v1/support/{id}", .tickets(TicketAPI.delete), bodyBytesMax: short),
            Route(.patch, "/api/v1/support/{id}/status", .tickets(TicketAPI.updateStatus), bodyBytesMax: short),
            Route(.patch, "/api/v1/support/{id}/rating", .tickets(TicketAPI.updateRating), bodyBytesMax: short),
            Route(.get, "/api/v1/support/{id}/comments", .ticketJob(TicketAPI.comments), shows: .ticket),
            Route(.post, "/api/v1/support/{id}/comments", .tickets(TicketAPI.addComment)),
            Route(.get, "/api/v1/support/{id}/history", .ticketJob(TicketAPI.history), shows: .ticket),
            Route(.get, "/api/v1/support/{id}/receipts", .ticketJob(TicketAPI.receipts)),

            Route(.get, "/api/v1/notifications", .inboxJob(InboxAPI.list), shows: .inbox),
            Route(.get, "/api/v1/notifications/unread-count", .inbox(InboxAPI.unreadCount), shows: .inbox),
            Route(.post, "/api/v1/notifications/read-all", .inbox(InboxAPI.readAll), bodyBytesMax: short),
            Route(.patch, "/api/v1/notifications/{id}", .inbox(InboxAPI.readOne), bodyBytesMax: short),

            Route(.get, "/api/v1/users", .peopleJob(PeopleAPI.listUsers), shows: .people),
            Route(.post, "/api/v1/users", .people(PeopleAPI.createUser), bodyBytesMax: short),
            Route(.get, "/api/v1/users/{id}", .people(PeopleAPI.readUser), shows: .people),
            Route(.patch, "/api/v1/users/{id}", .people(PeopleAPI.updateUser), bodyBytesMax: short),
            Route(.get, "/api/v1/users/{id}/sessions", .user(REST.sessionsOfUser)),
            Route(.post, "/api/v1/users/{id}/logout", .people(PeopleAPI.endTokens), bodyBytesMax: short),
            Route(.delete, "/api/v1/users/{id}", .people(PeopleAPI.deleteUser), bodyBytesMax: short),
            Route(.get, "/api/v1/stations", .peopleJob(PeopleAPI.listStations), shows: .people),
            Route(.post, "/api/v1/stations", .people(PeopleAPI.createStation), bodyBytesMax: short),
            Route(.get, "/api/v1/stations/{id}", .people(PeopleAPI.readStation), shows: .people),
            Route(.patch, "/api/v1/stations/{id}", .people(PeopleAPI.updateStation), bodyBytesMax: short),
            Route(.get, "/api/v1/answers", .answerJob(AnswerAPI.list), shows: .people),
            Route(.post, "/api/v1/answers", .answers(AnswerAPI.create)),
            Route(.get, "/api/v1/answers/{id}", .answers(AnswerAPI.read), shows: .people),
            Route(.patch, "/api/v1/answers/{id}", .answers(AnswerAPI.update)),
            Route(.delete, "/api/v1/answers/{id}", .answers(AnswerAPI.delete), bodyBytesMax: short),

            Route(.get, "/api/v1/sessions", .user(REST.sessions)),
            Route(.get, "/api/v1/settings", .user(REST.settings), shows: .people),
            Route(.get, "/api/v1/status", .user(REST.status)),
        ]
    }

    /// The routes of a central server alone: for admins, and for the members of its fleet.
    static var fleetRoutes: [Route] {
        let member = "/api/v1/stations/{station}"
        let sync = "/api/v1/sync/stations/{station}"
        let short = Route.shortBodyBytesMax
        return [
            Route(.get, "/api/v1/fleet", .admin(FleetAPI.list), shows: .fleet),
            Route(.get, "/api/v1/fleet/support", .fleetJob(FleetAPI.allTickets), shows: .fleet),
            Route(.get, "/api/v1/fleet/{station}", .admin(FleetAPI.read), shows: .fleet),
            Route(.get, member + "/support", .fleetJob(FleetAPI.tickets), shows: .fleet),
            Route(.get, member + "/support/statistics", .admin(FleetAPI.statistics), shows: .fleet),
            Route(.get, member + "/support/{id}", .admin(FleetAPI.ticket), shows: .fleet),
            Route(.patch, member + "/support/{id}", .admin(FleetAPI.updateTicket)),
            Route(.delete, member + "/support/{id}", .admin(FleetAPI.deleteTicket), bodyBytesMax: short),
            Route(.patch, member + "/support/{id}/status", .admin(FleetAPI.updateStatus), bodyBytesMax: short),
            Route(.get, member + "/support/{id}/comments", .fleetJob(FleetAPI.comments), shows: .fleet),
            Route(.post, member + "/support/{id}/comments", .admin(FleetAPI.addComment)),
            Route(.get, member + "/support/{id}/history", .fleetJob(FleetAPI.history), shows: .fleet),
            Route(.get, member + "/commands", .admin(FleetAPI.commands), shows: .fleet),
            Route(.post, member + "/commands", .admin(FleetAPI.postCommand)),
            Route(.get, member + "/commands/{number}", .admin(FleetAPI.command), shows: .fleet),
            Route(.delete, member + "/commands/{number}", .admin(FleetAPI.cancelCommand), bodyBytesMax: short),

            Route(.get, sync, .member(CentralRole.position)),
            Route(.post, sync + "/events", .member(CentralRole.receiveEvents)),
            Route(.get, sync + "/commands", .member(CentralRole.commands)),
        ]
    }
}
