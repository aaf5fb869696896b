import Glibc
import HTTP
import JSON
import Linux
import Platform
import Server
import Store

/// `stationd serve --demo`: a station with three users, to try it out on this machine.
enum Demo {
    struct User: Sendable {
        let id: Int64
        let email: String
        let username: String
        let role: String
        let stationID: Int64?
    }

    static let password = "station-demo"
    static let listen = ListenEndpoint.tcp(host: "127.0.0.1", port: 8080)

    static let users = [
        User(id: 1, email: "driver@example.com", username: "john_driver", role: "driver", stationID: nil),
        User(id: 2, email: "admin@example.com", username: "admin", role: "admin", stationID: nil),
        User(id: 3, email: "staff@example.com", username: "staff", role: "station_staff", stationID: 1),
    ]

    // MARK: Its data directory

    /// The directory that the demonstration has where none is named: made for it, or its own from an earlier time.
    ///
    /// Its parent is open to every user of the machine, so a directory of somebody else is refused.
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

    /// A directory with files in it that are no station's is somebody's own: nothing is made there.
    static func check(directory path: String) throws(CommandFailure) {
        guard let disk = try? LinuxDisk(root: path, creating: false), let names = try? disk.list("") else { return }
        guard names.isEmpty || names.contains("station.json") || isBeginning(names) else {
            throw CommandFailure(
                .dataFault, "\(path) has other files in it: name an empty directory with --data DIR")
        }
    }

    /// Whether a station makes these before it has its `station.json`: its start was cut short.
    private static func isBeginning(_ names: [String]) -> Bool {
        let first = ["secret.key", "secret.key" + StorePath.temporarySuffix, StorePath.lock]
        let later = [
            StorePath.checkpointerLock, StorePath.segmentLock, StorePath.journal, StorePath.cursors,
            StorePath.quarantine, StorePath.stationFile + StorePath.temporarySuffix,
        ]
        return names.contains(where: first.contains) && names.allSatisfy { first.contains($0) || later.contains($0) }
    }

    // MARK: Its users

    /// Brings the station's users up to the demonstration's: all of them in an empty station, none in its own.
    ///
    /// - Throws: where the station has other users: it is not the demonstration's.
    static func prepare(
        over channel: inout some ControlChannel, passwordHash: () throws(CommandFailure) -> String
    ) throws(CommandFailure) {
        let present = try channel.result(of: ControlRequest(.get, "/users")).arrayValue ?? []
        let missing = users.filter { user in !present.contains { isSame($0, user) } }
        if missing.isEmpty { return }
        // What an interrupted start has made is the first of them and nothing else.
        let stations = try channel.result(of: ControlRequest(.get, "/stations")).arrayValue ?? []
        let hasOtherUsers = present.count + missing.count > users.count
        let hasOtherStations = stations.count > 1 || stations.contains { !isSame($0) }
        guard !hasOtherUsers, !hasOtherStations else {
            throw CommandFailure(
                .dataFault,
                "the data directory has users or stations that are not the demonstration's: "
                    + "name an empty directory with --data DIR")
        }
        if stations.isEmpty { _ = try channel.result(of: ControlRequest(.post, "/stations", station.body)) }
        // One hash serves all three: they have one password, which is no secret.
        let hash = try passwordHash()
        for user in missing {
            let draft = UserDescription(
                email: user.email, username: user.username, role: user.role, stationID: user.stationID)
            let added = try channel.result(of: ControlRequest(.post, "/users", draft.body(hash)))
            guard isSame(added, user) else {
                throw CommandFailure(.software, "user \(user.id) of the demonstration became \(added.text)")
            }
        }
    }

    /// The hash of `password`, with a salt of its own for each data directory.
    static func passwordHash() throws(CommandFailure) -> String {
        do {
            return try PasswordHash.hash(Array(password.utf8))
        } catch {
            throw CommandFailure(error)
        }
    }

    static let station = StationDescription(name: "Demo station", address: "1 Example Street")

    private static func isSame(_ present: JSONValue, _ user: User) -> Bool {
        present["user_id"]?.integerValue == user.id && present["email"]?.stringValue == user.email
    }

    private static func isSame(_ present: JSONValue) -> Bool {
        present["station_id"]?.integerValue == 1 && present["name"]?.stringValue == station.name
    }

    // MARK: What it says

    /// A token for each user, in their order.
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

    /// The users, their tokens, and two commands to copy.
    ///
    /// - Parameter place: host and port, as they stand in a URL.
    static func text(tokens: [String], place: String, directory: String) -> String {
        let rows = users.map { user in
            [String(user.id), user.email, user.username, user.role, user.stationID.map(String.init) ?? "-"]
        }
        var text = """
            A station to try out, on http://\(place) and on this machine alone. Its data is in \(directory).
            The password is \(password) for all.


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
