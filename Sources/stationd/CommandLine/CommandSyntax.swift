/// One option of a command.
struct OptionSyntax: Sendable {
    /// With its dashes: `--config`.
    let name: String
    /// What its value is called in the help; nil for an option without a value.
    let value: String?
    let help: String
    var isRequired = false
    var isRepeatable = false

    var usage: String { value.map { "\(name) \($0)" } ?? name }
}

/// What a command takes: the parser's table and the help's source.
struct CommandSyntax: Sendable {
    /// The words that name it: `["user", "add"]`.
    let path: [String]
    let summary: String
    /// What its operands are called, all required.
    var operands: [String] = []
    var options: [OptionSyntax] = []
    /// Paragraphs for the command's own help.
    var details: [String] = []
    /// Whether the help leaves it out: what the station starts itself.
    var isHidden = false

    var name: String { path.joined(separator: " ") }

    /// The command line, optional options in square brackets.
    var usage: String {
        var parts = ["stationd"] + path + operands
        for option in options {
            parts.append(option.isRequired ? option.usage : "[\(option.usage)]\(option.isRepeatable ? "..." : "")")
        }
        return parts.joined(separator: " ")
    }
}

extension CommandSyntax {
    /// Every command, in the order of the help.
    static let all: [CommandSyntax] = [
        serve, check, userAdd, userList, userPassword, userDisable, userEnable, stationAdd, stationList, token,
        centralAddStation, centralRenewToken, centralRemoveStation, centralListStations, newEpoch,
        childCheckpoint, childCheckpointNow, childPrepareSegment, childHash, childVerify,
    ]

    /// The words that lead to several commands: `user`, `station`, `central`, `child`.
    static let groups: [String] = all.reduce(into: []) { groups, command in
        if command.path.count > 1, let first = command.path.first, !groups.contains(first) { groups.append(first) }
    }

    // MARK: Options that several commands have

    private static let config = OptionSyntax(
        name: "--config", value: "FILE", help: "the configuration; else /etc/stationd/stationd.json where it exists")
    private static let data = OptionSyntax(
        name: "--data", value: "DIR", help: "the data directory; else the configuration's")
    private static let json = OptionSyntax(name: "--json", value: nil, help: "print JSON")
    private static let passwordFromInput = OptionSyntax(
        name: "--password-stdin", value: nil, help: "read the password from standard input, one line")

    private static let running = """
        Works on a running station through the socket control.sock in its data directory, which only its owner and \
        root may open, and on a stopped one directly.
        """
    private static let whichUser = "USER is a number (the user_id), an email address or a username."

    // MARK: The commands

    private static let serve = CommandSyntax(
        path: ["serve"], summary: "run the station",
        options: [
            config, data,
            OptionSyntax(
                name: "--listen", value: "HOST:PORT", help: "listen here instead; may be given several times",
                isRepeatable: true),
            OptionSyntax(
                name: "--demo", value: nil, help: "run on loopback with three users and a station to try it out"),
        ],
        details: [
            "Without --config it reads /etc/stationd/stationd.json, and where that does not exist it runs on built-in "
                + "defaults. --data and --listen go before the configuration.",
            "SIGTERM and SIGINT stop it cleanly, SIGHUP makes it read the configuration again.",
            "--demo needs no configuration. It keeps its data in stationd-demo below $TMPDIR or /tmp, or where --data "
                + "says, and listens on 127.0.0.1:8080 or on another loopback address.",
        ])

    private static let check = CommandSyntax(
        path: ["check"], summary: "verify the journal and the files of a data directory", operands: ["DIR"],
        details: [
            "Changes nothing. Ends with 0 where all is well and with 65 where something was found."
        ])

    private static let userAdd = CommandSyntax(
        path: ["user", "add"], summary: "add a user",
        options: [
            OptionSyntax(name: "--email", value: "ADDRESS", help: "with it the user logs in", isRequired: true),
            OptionSyntax(name: "--username", value: "NAME", help: "the name that others see", isRequired: true),
            OptionSyntax(name: "--role", value: "ROLE", help: "driver, station_staff or admin", isRequired: true),
            OptionSyntax(name: "--phone", value: "NUMBER", help: "a telephone number"),
            OptionSyntax(name: "--station", value: "ID", help: "the station of a station_staff"),
            passwordFromInput, config, data,
        ],
        details: [
            "Without --password-stdin it asks for the password on the terminal, twice, without showing it.", running,
        ])

    private static let userList = CommandSyntax(
        path: ["user", "list"], summary: "list the users", options: [json, config, data], details: [running])

    private static let userPassword = CommandSyntax(
        path: ["user", "passwd"], summary: "set a user's password", operands: ["USER"],
        options: [passwordFromInput, config, data],
        details: [whichUser, "The user's older tokens end.", running])

    private static let userDisable = CommandSyntax(
        path: ["user", "disable"], summary: "shut a user out", operands: ["USER"], options: [config, data],
        details: [whichUser, "The user's tickets stay; logins and tokens end at once.", running])

    private static let userEnable = CommandSyntax(
        path: ["user", "enable"], summary: "let a user in again", operands: ["USER"], options: [config, data],
        details: [whichUser, "Tokens from before stay ended.", running])

    private static let stationAdd = CommandSyntax(
        path: ["station", "add"], summary: "add a station",
        options: [
            OptionSyntax(name: "--name", value: "NAME", help: "what people call it", isRequired: true),
            OptionSyntax(name: "--address", value: "TEXT", help: "where it is", isRequired: true),
            OptionSyntax(name: "--latitude", value: "DEGREES", help: "-90 to 90, north is positive"),
            OptionSyntax(name: "--longitude", value: "DEGREES", help: "-180 to 180, east is positive"),
            config, data,
        ], details: [running])

    private static let stationList = CommandSyntax(
        path: ["station", "list"], summary: "list the stations", options: [json, config, data], details: [running])

    private static let token = CommandSyntax(
        path: ["token"], summary: "print a token for a user", operands: ["USER"],
        options: [
            OptionSyntax(name: "--hours", value: "N", help: "how long it is good, 1 to 8760; else the configuration's"),
            config, data,
        ],
        details: [whichUser, running])

    private static let fleetNumber = "ID is the station's number in the fleet, its station.id: 1 to 4294967295."

    private static let centralAddStation = CommandSyntax(
        path: ["central", "add-station"], summary: "take a station into the fleet and print its token",
        operands: ["ID"],
        options: [OptionSyntax(name: "--name", value: "TEXT", help: "what people call it"), config, data],
        details: [
            fleetNumber,
            "The token is shown this once: the central server keeps only its hash. A station that was removed comes "
                + "back with a new token.", running,
        ])

    private static let centralRenewToken = CommandSyntax(
        path: ["central", "renew-token"], summary: "print a new token for a station; its old one ends",
        operands: ["ID"], options: [config, data], details: [fleetNumber, running])

    private static let centralRemoveStation = CommandSyntax(
        path: ["central", "remove-station"], summary: "let a station go; its tickets stay readable",
        operands: ["ID"],
        options: [
            OptionSyntax(
                name: "--purge", value: nil, help: "let its tickets go too, also those of a station that was removed"),
            config, data,
        ],
        details: [
            fleetNumber,
            "The station is told so (410) and stops reporting. Commands that wait for it are cancelled. Where it comes "
                + "back after --purge it reports from the beginning.", running,
        ])

    private static let centralListStations = CommandSyntax(
        path: ["central", "list-stations"], summary: "list the stations of the fleet",
        options: [json, config, data], details: [running])

    private static let newEpoch = CommandSyntax(
        path: ["new-epoch"], summary: "give a data directory that was restored from a backup a new epoch",
        operands: ["DIR"],
        options: [
            OptionSyntax(name: "--config", value: "FILE", help: "the station's configuration, for its station.id"),
            OptionSyntax(name: "--station", value: "ID", help: "the station.id"),
        ],
        details: [
            "Whose directory it is stands in its station.json; where that is missing or damaged --config or --station "
                + "must say it.",
            "Numbers that were used after the backup was made must not be taken for those that are used from now on. "
                + "The station must be stopped. The documents are brought up to date, the epoch becomes a new one, and "
                + "numbers go on above all that were used; the journal begins anew.",
            "Users who were away are told how much they missed and where the tickets are listed, and the central "
                + "server is sent the tickets as they are.",
        ])

    // MARK: What the station starts itself

    private static let childCheckpoint = CommandSyntax(
        path: ["child", "checkpoint"], summary: "bring the document files up to a sequence",
        operands: ["DIR", "BEHIND", "THROUGH"], isHidden: true)
    private static let childCheckpointNow = CommandSyntax(
        path: ["child", "checkpoint-now"], summary: "the same without letting others go first",
        operands: ["DIR", "BEHIND", "THROUGH"], isHidden: true)
    private static let childPrepareSegment = CommandSyntax(
        path: ["child", "prepare-segment"], summary: "write the journal's next segment ahead",
        operands: ["DIR", "BYTES"], isHidden: true)
    private static let childHash = CommandSyntax(
        path: ["child", "hash"], summary: "hash the password on standard input", isHidden: true)
    private static let childVerify = CommandSyntax(
        path: ["child", "verify"], summary: "compare the hash and the password on standard input, one a line",
        isHidden: true)
}
