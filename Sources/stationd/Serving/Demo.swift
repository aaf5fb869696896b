import Glibc
import HTTP
import JSON
import Linux
import Platform
import Server
import Store

/// `stationd serve --demo`: a station with three users, to try it out on this machine.
enum Demo {
    /// A user of the demo station.
    struct User: Sendable {
        /// The `user_id` that a new station assigns to this user.
        let id: Int64
        let email: String
        let username: String
        let role: String
        let stationID: Int64?
    }

    /// The password of all users.
    static let password = "station-demo"
    /// Where it listens by default.
    static let listen = ListenEndpoint.tcp(host: "localhost", port: 8080)

    /// Its users, in the order in which they are added.
    static let users = [
        User(id: 1, email: "driver@example.com", username: "john_driver", role: "driver", stationID: nil),
        User(id: 2, email: "admin@example.com", username: "admin", role: "admin", stationID: nil),
        User(id: 3, email: "staff@example.com", username: "staff", role: "station_staff", stationID: 1),
    ]

    // MARK: Its data directory

    /// The default data directory: a new one, or the one an earlier demo left.
    ///
    /// Every user of the machine can write to its parent, so a directory that belongs to somebody else is refused.
    static func directory() throws(CommandFailure) -> String {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
        let path = (parent.isEmpty ? "/tmp" : parent) + "/stationd-demo"
        guard unsafe mkdir(path, 0o700) != 0 else { return path }
        guard errno == EEXIST else { throw CommandFailure(.cannotCreate, "\(path): \(SystemError(errno: errno))") }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw CommandFailure(.cannotCreate, "\(path): \(SystemError(errno: errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw CommandFailure(
                .cannotCreate, "\(path) belongs to somebody else: name another directory with --data DIR")
        }
        return path
    }

    /// Refuses a directory that holds other files than a station's, so that nothing is created among them.
    static func check(directory path: String) throws(CommandFailure) {
        guard let disk = try? LinuxDisk(root: path, creating: false), let names = try? disk.list("") else { return }
        guard names.isEmpty || names.contains("station.json") || isBeginning(names) else {
            throw CommandFailure(
                .dataFault, "\(path) contains other files: name an empty directory with --data DIR")
        }
    }

    /// Whether these are the files that a station creates before its `station.json`, which means that its first start
    /// was cut short.
    private static func isBeginning(_ names: [String]) -> Bool {
        let keys = ["secret.key", CommandKeyFile.name]
        let first = keys + keys.map { $0 + StorePath.temporarySuffix } + [StorePath.lock]
        let later = [
            StorePath.checkpointerLock, StorePath.segmentLock, StorePath.journal, StorePath.cursors,
            StorePath.quarantine, StorePath.certificates, StorePath.stationFile + StorePath.temporarySuffix,
        ]
        return names.contains(where: first.contains) && names.allSatisfy { first.contains($0) || later.contains($0) }
    }

    // MARK: Its users

    /// Adds the demo's users that are missing: all of them in an empty station, none in a complete demo station.
    ///
    /// - Throws: if the station has other users or swap stations, since it is then not a demo station.
    static func prepare(
        over channel: inout some ControlChannel, passwordHash: () throws(CommandFailure) -> String
    ) throws(CommandFailure) {
        let present = try channel.result(of: ControlRequest(.get, "/users")).arrayValue ?? []
        let missing = users.filter { user in !present.contains { isDemoUser($0, user) } }
        if missing.isEmpty { return }
        // An interrupted start leaves the first of them and nothing else.
        let stations = try channel.result(of: ControlRequest(.get, "/stations")).arrayValue ?? []
        let hasOtherUsers = present.count + missing.count > users.count
        let hasOtherStations = stations.count > 1 || stations.contains { !isDemoStation($0) }
        guard !hasOtherUsers, !hasOtherStations else {
            throw CommandFailure(
                .dataFault,
                "the data directory has users or stations that the demo did not add: "
                    + "name an empty directory with --data DIR")
        }
        if stations.isEmpty { _ = try channel.result(of: ControlRequest(.post, "/stations", station.body)) }
        // One hash serves all three, since they share one password, which is no secret.
        let hash = try passwordHash()
        for user in missing {
            let draft = UserDescription(
                email: user.email, username: user.username, role: user.role, stationID: user.stationID)
            let added = try channel.result(of: ControlRequest(.post, "/users", draft.body(hash)))
            guard isDemoUser(added, user) else {
                throw CommandFailure(.software, "user \(user.id) of the demo became \(added.text)")
            }
        }
    }

    /// A hash of `password`, with a fresh salt for each data directory.
    static func passwordHash() throws(CommandFailure) -> String {
        do {
            return try PasswordHash.hash(Array(password.utf8))
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The swap station of the demo.
    static let station = SwapStationDescription(name: "Demo station", address: "1 Example Street")

    private static func isDemoUser(_ present: JSONValue, _ user: User) -> Bool {
        present["user_id"]?.integerValue == user.id && present["email"]?.stringValue == user.email
    }

    private static func isDemoStation(_ present: JSONValue) -> Bool {
        present["station_id"]?.integerValue == 1 && present["name"]?.stringValue == station.name
    }

    // MARK: Its output

    /// A token for each user, in the order of `users`.
    static func tokens(over channel: inout some ControlChannel) throws(CommandFailure) -> [String] {
        var tokens: [String] = []
        for user in users {
            let answer = try channel.result(of: ControlRequest(.post, "/tokens", ["user": .string(user.email)]))
            guard let token = answer["access_token"]?.stringValue else {
                throw CommandFailure(.software, "the station's answer has no access_token")
            }
            tokens.append(token)
        }
        return tokens
    }

    /// The text to print: the users, their tokens, and two commands to paste.
    ///
    /// - Parameter place: host and port as in a URL.
    static func text(tokens: [String], place: String, directory: String) -> String {
        let rows = users.map { user in
            [String(user.id), user.email, user.username, user.role, user.stationID.map(String.init) ?? "-"]
        }
        var text = """
            The demo station is at http://\(place), for this machine only. Its data is in \(directory).
            All users have the password \(password).


            """
        text += PlainText.table(["ID", "EMAIL", "USERNAME", "ROLE", "STATION"], rows)
        for (user, token) in zip(users, tokens) { text += "\nA token for \(user.username):\n\(token)\n" }
        guard tokens.count == users.count else { return text }
        let ticket: JSONValue = [
            "user_id": 1, "station_id": 1, "type": "battery_issue", "description": "The battery does not lock in",
        ]
        return text + """

            File a ticket as john_driver:
            curl -sS http://\(place)/api/v1/support -H 'Authorization: Bearer \(tokens[0])' \
            -H 'Content-Type: application/json' -d '\(ticket.text)'

            See it as admin:
            curl -sS http://\(place)/api/v1/support -H 'Authorization: Bearer \(tokens[1])'

            """
    }
}
