/// The files embedded in the program: the console and the interface descriptions.
public enum Share {
    /// A file, and the path where the station serves it.
    public struct File: Sendable {
        public let path: String
        /// The media type, with its charset if it is a text.
        public let contentType: String
        public let bytes: [UInt8]

        fileprivate init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
            self.path = path
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    private static let script = "text/javascript; charset=utf-8"
    private static let json = "application/json; charset=utf-8"

    /// All files. A new file of the console needs a line here and one in `Package.swift`.
    public static let files: [File] = [
        File("/", "text/html; charset=utf-8", PackageResources.index_html),
        File("/console.css", "text/css; charset=utf-8", PackageResources.console_css),
        File("/favicon.svg", "image/svg+xml", PackageResources.favicon_svg),
        File("/manifest.json", "application/manifest+json", PackageResources.manifest_json),
        File("/worker.js", script, PackageResources.worker_js),
        File("/account.js", script, PackageResources.account_js),
        File("/alarm.js", script, PackageResources.alarm_js),
        File("/alerts.js", script, PackageResources.alerts_js),
        File("/answers.js", script, PackageResources.answers_js),
        File("/api.js", script, PackageResources.api_js),
        File("/bulk.js", script, PackageResources.bulk_js),
        File("/bus.js", script, PackageResources.bus_js),
        File("/chart.js", script, PackageResources.chart_js),
        File("/conflict.js", script, PackageResources.conflict_js),
        File("/dom.js", script, PackageResources.dom_js),
        File("/drafts.js", script, PackageResources.drafts_js),
        File("/en.js", script, PackageResources.en_js),
        File("/filter.js", script, PackageResources.filter_js),
        File("/filters.js", script, PackageResources.filters_js),
        File("/fleet.js", script, PackageResources.fleet_js),
        File("/inbox.js", script, PackageResources.inbox_js),
        File("/kept.js", script, PackageResources.kept_js),
        File("/keys.js", script, PackageResources.keys_js),
        File("/list.js", script, PackageResources.list_js),
        File("/live.js", script, PackageResources.live_js),
        File("/main.js", script, PackageResources.main_js),
        File("/newticket.js", script, PackageResources.newticket_js),
        File("/outbox.js", script, PackageResources.outbox_js),
        File("/people.js", script, PackageResources.people_js),
        File("/places.js", script, PackageResources.places_js),
        File("/qr.js", script, PackageResources.qr_js),
        File("/route.js", script, PackageResources.route_js),
        File("/rows.js", script, PackageResources.rows_js),
        File("/session.js", script, PackageResources.session_js),
        File("/shell.js", script, PackageResources.shell_js),
        File("/signin.js", script, PackageResources.signin_js),
        File("/statistics.js", script, PackageResources.statistics_js),
        File("/status.js", script, PackageResources.status_js),
        File("/text.js", script, PackageResources.text_js),
        File("/thread.js", script, PackageResources.thread_js),
        File("/ticket.js", script, PackageResources.ticket_js),
        File("/tickets.js", script, PackageResources.tickets_js),
        File("/users.js", script, PackageResources.users_js),
        File("/vi.js", script, PackageResources.vi_js),
        File("/waiting.js", script, PackageResources.waiting_js),
        File("/api/asyncapi.json", json, PackageResources.asyncapi_json),
        File("/api/openapi.json", json, PackageResources.openapi_json),
    ]
}
