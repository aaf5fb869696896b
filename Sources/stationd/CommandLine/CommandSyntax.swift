/// One option of a command.
struct OptionSyntax: Sendable {
    /// The name with its dashes: `--config`.
    let name: String
    /// The placeholder of its value in the help; nil for an option without a value.
    let value: String?
    /// What the help says about it: a phrase without a full stop.
    let help: String
    var isRequired = false
    var isRepeatable = false

    /// The option as it is typed: `--config FILE`.
    var usage: String { value.map { "\(name) \($0)" } ?? name }
}

/// The operands and options of a command: the parser's table and the source of its help.
struct CommandSyntax: Sendable {
    /// The words that name it: `["user", "add"]`.
    let path: [String]
    /// What it does: a phrase in the imperative, without a full stop.
    let summary: String
    /// The placeholders of its operands, all of which are required.
    var operands: [String] = []
    /// Whether the last operand may be repeated.
    var isLastOperandRepeatable = false
    var options: [OptionSyntax] = []
    /// Further paragraphs of its own help.
    var details: [String] = []
    /// Whether the overview leaves it out, as it does the commands that the station runs itself.
    var isHidden = false

    /// The words that name it, with spaces between them.
    var name: String { path.joined(separator: " ") }

    /// The usage line, with brackets around what is optional.
    var usage: String {
        var parts = ["stationd"] + path + operands
        if isLastOperandRepeatable, let last = parts.popLast() { parts.append("\(last)...") }
        for option in options {
            parts.append(option.isRequired ? option.usage : "[\(option.usage)]\(option.isRepeatable ? "..." : "")")
        }
        return parts.joined(separator: " ")
    }
}

extension CommandSyntax {
    /// Every command, in the order of the help.
    static let all: [CommandSyntax] = [
        serve, check, userAdd, userList, userPassword, userDisable, userEnable, userSignOut, userUnlock, stationAdd,
        stationList,
        token,
        certificateShow, certificateRequest, certificateInstall,
        centralAddStation, centralRenewToken, centralRemoveStation, centralListStations, centralCommandKey,
        centralSignCommand, centralNATSSetup, centralNATSPermissions, newEpoch,
        childCheckpoint, childCheckpointNow, childPrepareSegment, childHash, childVerify, childSynchronize,
    ]

    /// The first words that several commands share: `user`, `station`, `certificate`, `central`, `child`.
    static let groups: [String] = all.reduce(into: []) { groups, command in
        if command.path.count > 1, let first = command.path.first, !groups.contains(first) { groups.append(first) }
    }

    // MARK: Shared by several commands

    private static let config = OptionSyntax(
        name: "--config", value: "FILE", help: "configuration file (default: /etc/stationd/stationd.json if it exists)")
    private static let data = OptionSyntax(
        name: "--data", value: "DIR", help: "data directory (default: the one in the configuration)")
    private static let acceptLoss = OptionSyntax(
        name: "--accept-loss", value: nil, help: "go on although something is missing, so that the state is unknown")
    private static let json = OptionSyntax(name: "--json", value: nil, help: "print JSON")
    private static let passwordFromInput = OptionSyntax(
        name: "--password-stdin", value: nil, help: "read the password from standard input, one line")

    private static let running = """
        This command reaches a running station through the socket control.sock in the data directory, which only the \
        owner and root can open. If the station is stopped, it opens the data directory itself.
        """
    private static let whichUser = "USER is a numeric user_id, an email address or a username."

    // MARK: The commands

    private static let serve = CommandSyntax(
        path: ["serve"], summary: "run the station",
        options: [
            config, data,
            OptionSyntax(
                name: "--listen", value: "[https://]HOST:PORT",
                help: "listen on this address instead (may be repeated)",
                isRepeatable: true),
            acceptLoss,
            OptionSyntax(
                name: "--demo", value: nil, help: "try it out: run on loopback with three users and one swap station"),
        ],
        details: [
            "Without --config it reads /etc/stationd/stationd.json if that exists, and otherwise runs with built-in "
                + "defaults. --data and --listen override the configuration.",
            "It does not start if something is missing of which nothing else tells, such as events between the "
                + "documents and the journal: an incomplete copy looks like that. --accept-loss is for one start; the "
                + "next ones need it no more.",
            "SIGTERM and SIGINT stop the station cleanly. SIGHUP makes it reload the configuration.",
            "--demo needs no configuration. Unless --data names a directory, it keeps its data in stationd-demo in "
                + "$TMPDIR or /tmp. It listens on localhost:8080, or on the loopback addresses that --listen names.",
        ])

    private static let check = CommandSyntax(
        path: ["check"], summary: "verify the journal and the files of a data directory", operands: ["DIR"],
        details: [
            "It changes nothing and may run beside the station. It exits with 0 if there are no faults, otherwise with "
                + "65. What any crash leaves behind is listed as a note and is no fault."
        ])

    private static let userAdd = CommandSyntax(
        path: ["user", "add"], summary: "add a user",
        options: [
            OptionSyntax(name: "--email", value: "ADDRESS", help: "the address to log in with", isRequired: true),
            OptionSyntax(name: "--username", value: "NAME", help: "the name that others see", isRequired: true),
            OptionSyntax(name: "--role", value: "ROLE", help: "driver, station_staff or admin", isRequired: true),
            OptionSyntax(name: "--phone", value: "NUMBER", help: "telephone number"),
            OptionSyntax(name: "--station", value: "ID", help: "the swap station where a station_staff works"),
            passwordFromInput, config, data,
        ],
        details: [
            "Without --password-stdin it asks for the password twice on the terminal, without showing it.", running,
        ])

    private static let userList = CommandSyntax(
        path: ["user", "list"], summary: "list the users", options: [json, config, data], details: [running])

    private static let userPassword = CommandSyntax(
        path: ["user", "passwd"], summary: "set a user's password", operands: ["USER"],
        options: [passwordFromInput, config, data],
        details: [whichUser, "The user's existing tokens stop working.", running])

    private static let userDisable = CommandSyntax(
        path: ["user", "disable"], summary: "lock a user out", operands: ["USER"], options: [config, data],
        details: [
            whichUser,
            "The user can no longer log in, and existing tokens stop working at once. The user's tickets stay.",
            running,
        ])

    private static let userEnable = CommandSyntax(
        path: ["user", "enable"], summary: "let a user in again", operands: ["USER"], options: [config, data],
        details: [whichUser, "Tokens from before the user was disabled stay invalid.", running])

    private static let userSignOut = CommandSyntax(
        path: ["user", "sign-out"], summary: "end all tokens of a user", operands: ["USER"], options: [config, data],
        details: [
            whichUser, "The user's apps and sockets must sign in again with the password, which stays as it is.",
            running,
        ])

    private static let userUnlock = CommandSyntax(
        path: ["user", "unlock"], summary: "forget a user's failed logins", operands: ["USER"],
        options: [config, data],
        details: [whichUser, "After too many of them, further logins are refused for a while (429).", running])

    private static let stationAdd = CommandSyntax(
        path: ["station", "add"], summary: "add a swap station that tickets can name",
        options: [
            OptionSyntax(name: "--name", value: "NAME", help: "the name that people know it by", isRequired: true),
            OptionSyntax(name: "--address", value: "TEXT", help: "where it stands", isRequired: true),
            OptionSyntax(name: "--latitude", value: "DEGREES", help: "-90 to 90; north is positive"),
            OptionSyntax(name: "--longitude", value: "DEGREES", help: "-180 to 180; east is positive"),
            config, data,
        ], details: [running])

    private static let stationList = CommandSyntax(
        path: ["station", "list"], summary: "list the swap stations", options: [json, config, data], details: [running])

    private static let token = CommandSyntax(
        path: ["token"], summary: "print a token for a user", operands: ["USER"],
        options: [
            OptionSyntax(
                name: "--hours", value: "N", help: "hours until it expires, 1 to 8760 (default: as configured)"),
            config, data,
        ],
        details: [whichUser, running])

    private static let needsTLS =
        "It works on the files in the data directory, beside a running station or without one. It needs a build with "
        + "TLS (`swift build --traits TLS`)."

    private static let certificateShow = CommandSyntax(
        path: ["certificate", "show"], summary: "describe the certificates that clients see",
        options: [json, config, data],
        details: [
            "It prints the fingerprint of each certificate and that of its public key, in the forms in which browsers "
                + "and curl know them. A client can be told to believe either; the public key stays when a "
                + "certificate is renewed.", needsTLS,
        ])

    private static let certificateRequest = CommandSyntax(
        path: ["certificate", "request"], summary: "print a request to an authority for a certificate",
        options: [
            OptionSyntax(
                name: "--name", value: "NAME", help: "a host name or IP address to ask for (may be repeated)",
                isRepeatable: true),
            config, data,
        ],
        details: [
            "The request (PKCS#10) is for the station's key, which is made if it is missing. Without --name it asks "
                + "for all names and addresses of this machine and those in the configuration. Public authorities "
                + "certify only names that are in the public DNS.", needsTLS,
        ])

    private static let certificateInstall = CommandSyntax(
        path: ["certificate", "install"], summary: "present a certificate from an authority",
        operands: ["FILE"],
        options: [
            OptionSyntax(
                name: "--key", value: "FILE", help: "its private key, if that is not the station's own"),
            config, data,
        ],
        details: [
            "FILE has the certificate first and then the certificates of its issuers in their order, as PEM; it may "
                + "have the private key too. Nothing is stored if the key is another one, if the chain is not in "
                + "order, if something has expired, or if the certificate names nothing or is not for servers.",
            "The station goes on to present its own certificate to clients that ask for a name that the installed one "
                + "does not have.", needsTLS,
        ])

    private static let onCentral = "Run this on the central server, where central.enabled is true."
    private static let fleetNumber = "ID is the station.id in the station's configuration: 1 to 4294967295."

    private static let centralAddStation = CommandSyntax(
        path: ["central", "add-station"], summary: "add a station to the fleet and print its token",
        operands: ["ID"],
        options: [OptionSyntax(name: "--name", value: "TEXT", help: "the name that people know it by"), config, data],
        details: [
            onCentral, fleetNumber,
            "The token is shown only once, because the central server keeps nothing but its hash. A removed station "
                + "can be added again and gets a new token.",
            "The token is for the setting upstream.token of the station. Standard error gets the value of its "
                + "upstream.command_key, without which the station carries out no commands.", running,
        ])

    private static let centralCommandKey = CommandSyntax(
        path: ["central", "command-key"], summary: "print the upstream.command_key of a station",
        operands: ["ID"], options: [config, data],
        details: [
            onCentral, fleetNumber,
            "With it the station tells the commands of this central server from others, and opens password hashes. It "
                + "is a secret of the station, and changes with its token.", running,
        ])

    private static let centralSignCommand = CommandSyntax(
        path: ["central", "sign-command"], summary: "print a signed command, to be brought to a station by NATS",
        operands: ["ID", "EPOCH", "TYPE", "DATA"], options: [config, data],
        details: [
            onCentral, fleetNumber,
            "EPOCH is the present epoch of the station, which is in the id of its events before the last hyphen. TYPE "
                + "is the command's, such as ticket.close, and DATA its details, such as {\"support_id\":17}. A "
                + "password_hash in DATA is sealed for the station.",
            "Each command is carried out once, and only in the order in which they were signed.", running,
        ])

    private static let centralRenewToken = CommandSyntax(
        path: ["central", "renew-token"], summary: "print a new token for a station and revoke the old one",
        operands: ["ID"], options: [config, data],
        details: [
            onCentral, fleetNumber, "The station's upstream.command_key changes too; standard error gets it.", running,
        ])

    private static let centralNATSSetup = CommandSyntax(
        path: ["central", "nats-setup"], summary: "make what the fleet's stations need on a NATS server",
        operands: ["URL"], isLastOperandRepeatable: true,
        options: [
            OptionSyntax(
                name: "--user", value: "NAME",
                help: "a user who may make streams; the password is read from standard input"),
            OptionSyntax(
                name: "--credentials", value: "FILE", help: "the credentials of such a user, as nsc writes them"),
            config, data,
        ],
        details: [
            onCentral,
            "It makes the streams STATIONS and COMMANDS and two consumers for each station of the fleet, or leaves "
                + "them as they are. Run it again when a station was added. With several URLs of one cluster, the "
                + "first that answers is used.", running,
        ])

    private static let centralNATSPermissions = CommandSyntax(
        path: ["central", "nats-permissions"], summary: "print what a station may do on a NATS server",
        operands: ["ID"],
        details: [
            "It prints an account for nats-server's configuration, with the user station-ID, whose password is the "
                + "variable STATION_ID_PASSWORD of that configuration or of nats-server's environment. In it the "
                + "station reaches nothing but its own subjects and consumers.",
            "ID is the station.id in the station's configuration: 1 to 9007199254740991.",
        ])

    private static let centralRemoveStation = CommandSyntax(
        path: ["central", "remove-station"], summary: "remove a station from the fleet; its tickets stay readable",
        operands: ["ID"],
        options: [
            OptionSyntax(
                name: "--purge", value: nil, help: "delete its tickets too; also works on a station already removed"),
            config, data,
        ],
        details: [
            onCentral, fleetNumber,
            "The removed station is answered with HTTP status 410 and stops reporting. Commands waiting for it are "
                + "cancelled. If it is added again after --purge, it reports its history from the beginning.", running,
        ])

    private static let centralListStations = CommandSyntax(
        path: ["central", "list-stations"], summary: "list the stations of the fleet",
        options: [json, config, data], details: [onCentral, running])

    private static let newEpoch = CommandSyntax(
        path: ["new-epoch"], summary: "give a data directory restored from a backup a new epoch",
        operands: ["DIR"],
        options: [
            OptionSyntax(name: "--config", value: "FILE", help: "configuration file to read station.id from"),
            OptionSyntax(name: "--station", value: "ID", help: "the station.id itself"),
            acceptLoss,
        ],
        details: [
            "Stop the station first. The numbers it used after the backup was made must not be mistaken for those it "
                + "will use from now on. So this brings the documents up to date, starts a new epoch and an empty "
                + "journal, and continues above every number that the directory knows of.",
            "Users who were away are told how many notifications they missed and where to list the tickets. The "
                + "central server is sent the tickets as they are now.",
            "The directory's station.json says which station it belongs to. If that file is missing or damaged, give "
                + "--config or --station.",
        ])

    // MARK: Commands that the station runs itself

    private static let childCheckpoint = CommandSyntax(
        path: ["child", "checkpoint"], summary: "bring the document files up to a sequence number",
        operands: ["DIR", "BEHIND", "THROUGH"], isHidden: true)
    private static let childCheckpointNow = CommandSyntax(
        path: ["child", "checkpoint-now"], summary: "the same, without giving way to other processes",
        operands: ["DIR", "BEHIND", "THROUGH"], isHidden: true)
    private static let childPrepareSegment = CommandSyntax(
        path: ["child", "prepare-segment"], summary: "write the journal's next segment ahead of use",
        operands: ["DIR", "BYTES"], isHidden: true)
    private static let childHash = CommandSyntax(
        path: ["child", "hash"], summary: "hash the password on standard input", isHidden: true)
    private static let childVerify = CommandSyntax(
        path: ["child", "verify"], summary: "compare the hash and the password on standard input, one per line",
        isHidden: true)
    private static let childSynchronize = CommandSyntax(
        path: ["child", "synchronize"], summary: "make files durable for the station at standard input",
        isHidden: true)
}
