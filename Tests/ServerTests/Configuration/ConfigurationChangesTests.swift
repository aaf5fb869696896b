import Testing

@testable import Server

@Suite struct ConfigurationChangesTests {
    @Test func `equal configurations have no changes`() {
        let changes = Configuration().changes(to: Configuration())
        #expect(changes.isEmpty)
        #expect(changes.configuration == Configuration())
    }

    @Test func `reloadable changes are applied, and the others wait for a restart`() {
        var new = Configuration()
        new.listen = [.tcp(host: "::1", port: 1), .tcp(host: "127.0.0.1", port: 1)]
        new.data = "/elsewhere"
        new.corsOrigins = []
        new.logLevel = .debug
        new.notifiesStationStaff = false
        new.limits.connectionsMax = 10_000
        new.limits.segmentBytes = 262_144
        let changes = Configuration().changes(to: new)
        #expect(
            changes.applied == [
                "cors.origins: [\"*\"] -> []", "notifications.station_staff: true -> false",
                "log.level: \"info\" -> \"debug\"", "limits.connections_max: 2000 -> 10000",
            ])
        #expect(
            changes.needRestart == [
                "listen: \"0.0.0.0:8080\" -> [\"[::1]:1\",\"127.0.0.1:1\"]",
                "data: \"/var/lib/stationd\" -> \"/elsewhere\"",
                "limits.segment_bytes: 4194304 -> 262144",
            ])
        var merged = Configuration()
        merged.corsOrigins = []
        merged.logLevel = .debug
        merged.notifiesStationStaff = false
        merged.limits.connectionsMax = 10_000
        #expect(changes.configuration == merged)
    }

    /// A change of any limit to another allowed value is noticed.
    @Test func `every limit is compared`() {
        for limit in Limits.settings {
            var new = Configuration()
            new.limits[keyPath: limit.value] = limit.range.lowerBound
            let changes = Configuration().changes(to: new)
            #expect(changes.applied.count == (limit.isReloadable ? 1 : 0), "\(limit.name)")
            #expect(changes.needRestart.count == (limit.isReloadable ? 0 : 1), "\(limit.name)")
        }
    }
}
