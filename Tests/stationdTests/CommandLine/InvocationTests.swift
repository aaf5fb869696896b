import Server
import Testing

@testable import stationd

@Suite struct InvocationTests {
    static let accepted: [(String, Invocation)] = [
        ("--help", .help([])), ("-h", .help([])), ("help", .help([])), ("--version", .version),
        ("serve --help", .help(["serve"])), ("user --help", .help(["user"])), ("help user", .help(["user"])),
        ("user add --help", .help(["user", "add"])), ("help user add", .help(["user", "add"])),
        ("user add --version", .version), ("token --version", .version), ("user --version", .version),
        // Help wins over any fault.
        ("serve --lisen x --help", .help(["serve"])), ("user add -h", .help(["user", "add"])),
        ("bogus --help", .help([])), ("user bogus --help", .help(["user"])),

        ("serve", .serve(ServeOptions())),
        ("serve --config /etc/a.json", .serve(ServeOptions(place: Place(configuration: "/etc/a.json")))),
        ("serve --config=/etc/a=b.json", .serve(ServeOptions(place: Place(configuration: "/etc/a=b.json")))),
        ("serve --data=d --demo", .serve(ServeOptions(place: Place(data: "d"), isDemo: true))),
        ("serve --data=--odd", .serve(ServeOptions(place: Place(data: "--odd")))),
        ("serve --data -odd", .serve(ServeOptions(place: Place(data: "-odd")))),
        (
            "serve --listen 0.0.0.0:80 --listen=[::]:81",
            .serve(ServeOptions(listen: [.tcp(host: "0.0.0.0", port: 80), .tcp(host: "::", port: 81)]))
        ),
        (
            "serve --demo --listen localhost:0",
            .serve(ServeOptions(listen: [.tcp(host: "localhost", port: 0)], isDemo: true))
        ),
        ("check /srv/desk", .check(directory: "/srv/desk")),
        ("new-epoch /srv/desk", .newEpoch(NewEpoch(directory: "/srv/desk"))),
        (
            "new-epoch /srv/desk --config c --station 7",
            .newEpoch(NewEpoch(directory: "/srv/desk", configuration: "c", station: 7))
        ),
        ("central --help", .help(["central"])),
        ("central add-station 4294967295", .control(.addFleetMember(4_294_967_295, name: nil), Place())),
        ("central add-station 7 --name Quay", .control(.addFleetMember(7, name: "Quay"), Place())),
        ("central renew-token 7 --data d", .control(.renewFleetToken(7), Place(data: "d"))),
        ("central remove-station 7", .control(.removeFleetMember(7, isPurge: false), Place())),
        ("central remove-station 7 --purge", .control(.removeFleetMember(7, isPurge: true), Place())),
        ("central list-stations --json", .control(.listFleet(asJSON: true), Place())),
        ("check -- --odd", .check(directory: "--odd")),
        ("check -- --help", .check(directory: "--help")),

        ("user list", .control(.listUsers(asJSON: false), Place())),
        ("user list --json --data d", .control(.listUsers(asJSON: true), Place(data: "d"))),
        ("user passwd 3", .control(.setPassword(of: "3", .terminal), Place())),
        (
            "user passwd --password-stdin a@b.c --config f",
            .control(.setPassword(of: "a@b.c", .standardInput), Place(configuration: "f"))
        ),
        ("user disable john", .control(.disableUser("john"), Place())),
        ("user enable john", .control(.enableUser("john"), Place())),
        ("user sign-out john", .control(.signOutUser("john"), Place())),
        ("user unlock john", .control(.unlockUser("john"), Place())),
        (
            "user add --email a@b.c --username a --role driver",
            .control(.addUser(UserDescription(email: "a@b.c", username: "a", role: "driver"), .terminal), Place())
        ),
        (
            "user add --email=a@b.c --username=a --role=station_staff --station=2 --phone=+49-1 --password-stdin",
            .control(
                .addUser(
                    UserDescription(email: "a@b.c", username: "a", role: "station_staff", phone: "+49-1", stationID: 2),
                    .standardInput), Place())
        ),
        ("station list", .control(.listStations(asJSON: false), Place())),
        (
            "station add --name N --address A",
            .control(.addStation(SwapStationDescription(name: "N", address: "A")), Place())
        ),
        (
            "station add --name N --address A --latitude -12.5 --longitude 180",
            .control(
                .addStation(SwapStationDescription(name: "N", address: "A", latitude: -12.5, longitude: 180)), Place())
        ),
        ("token 1", .control(.makeToken(for: "1", hours: nil), Place())),
        ("token admin --hours 8760", .control(.makeToken(for: "admin", hours: 8760), Place())),

        ("child hash", .child(.hash)), ("child verify", .child(.verify)),
        (
            "child checkpoint d 7 18446744073709551615",
            .child(.checkpoint(directory: "d", behind: 7, through: 18_446_744_073_709_551_615))
        ),
        (
            "child checkpoint-now d 7 9",
            .child(.checkpoint(directory: "d", behind: 7, through: 9, isUrgent: true))
        ),
        ("child prepare-segment d 65536", .child(.prepareSegment(directory: "d", bytes: 65_536))),
    ]

    @Test(arguments: accepted) func `a command line is parsed`(_ line: String, _ invocation: Invocation) throws {
        #expect(try Invocation(words(line)) == invocation)
    }

    static let refused: [(String, String, [String])] = [
        ("", "a command is missing", []),
        ("serv", "unknown command `stationd serv`; did you mean `stationd serve`?", []),
        ("frobnicate", "unknown command `stationd frobnicate`", []),
        ("--config f serve", "unknown option --config; options go after the command", []),
        (
            "central add-station 0", "ID must be a whole number from 1 to 4294967295 (is \"0\")",
            ["central", "add-station"]
        ),
        (
            "central add-station 4294967296", "ID must be a whole number from 1 to 4294967295 (is \"4294967296\")",
            ["central", "add-station"]
        ),
        ("user", "`stationd user` needs a command: add, list, passwd, disable, enable, sign-out or unlock", ["user"]),
        ("station", "`stationd station` needs a command: add or list", ["station"]),
        ("user lst", "unknown command `stationd user lst`; did you mean `stationd user list`?", ["user"]),
        ("user password 3", "unknown command `stationd user password`; did you mean `stationd user passwd`?", ["user"]),
        ("user --json", "unknown option --json before a command", ["user"]),
        ("help serv", "unknown command `stationd serv`; did you mean `stationd serve`?", []),
        ("help user lst", "unknown command `stationd user lst`; did you mean `stationd user list`?", ["user"]),
        ("serve --lisen x", "unknown option --lisen for `stationd serve`; did you mean --listen?", ["serve"]),
        ("serve -demo", "unknown option -demo for `stationd serve`; did you mean --demo?", ["serve"]),
        ("serve --frobnicate", "unknown option --frobnicate for `stationd serve`", ["serve"]),
        ("serve --frobnicate=3", "unknown option --frobnicate for `stationd serve`", ["serve"]),
        ("serve extra", "unexpected argument \"extra\" for `stationd serve`", ["serve"]),
        ("serve --config", "--config needs a value: --config FILE", ["serve"]),
        ("serve --config=", "--config needs a value: --config FILE", ["serve"]),
        ("serve --config --data d", "--config needs a value: --config FILE", ["serve"]),
        ("serve --data a --data b", "--data is given twice", ["serve"]),
        ("serve --demo=yes", "--demo takes no value", ["serve"]),
        (
            "serve --listen 8080",
            "--listen must be HOST:PORT or https://HOST:PORT with an IP address (IPv6 in brackets) or localhost "
                + "(is \"8080\")", ["serve"]
        ),
        ("serve --listen [::]:1 --listen [::]:1", "--listen [::]:1 is given twice", ["serve"]),
        (
            "serve --demo --listen 0.0.0.0:8080",
            "--demo serves this machine only: --listen must be a loopback address such as 127.0.0.1:8080 "
                + "(is \"0.0.0.0:8080\")", ["serve"]
        ),
        ("check", "`stationd check` needs DIR", ["check"]),
        ("check a b", "unexpected argument \"b\" for `stationd check`", ["check"]),
        ("check a --json", "unknown option --json for `stationd check`", ["check"]),
        ("token", "`stationd token` needs USER", ["token"]),
        ("token 1 --hours 0", "--hours must be a whole number from 1 to 8760 (is \"0\")", ["token"]),
        ("token 1 --hours 1.5", "--hours must be a whole number from 1 to 8760 (is \"1.5\")", ["token"]),
        (
            "token 1 --hours 99999999999999999999999",
            "--hours must be a whole number from 1 to 8760 "
                + "(is \"99999999999999999999999\")", ["token"]
        ),
        ("user passwd", "`stationd user passwd` needs USER", ["user", "passwd"]),
        ("user add", "`stationd user add` needs --email ADDRESS", ["user", "add"]),
        ("user add --email a@b.c", "`stationd user add` needs --username NAME", ["user", "add"]),
        (
            "user add --email a@b.c --username a --role Admin",
            "--role must be driver, station_staff or admin (is \"Admin\"); did you mean admin?", ["user", "add"]
        ),
        (
            "user add --email a@b.c --username a --role station_staff", "--role station_staff needs --station ID",
            ["user", "add"]
        ),
        (
            "user add --email a@b.c --username a --role driver --station x",
            "--station must be a whole number from 1 to 9007199254740991 (is \"x\")", ["user", "add"]
        ),
        (
            "station add --name N --address A --latitude 1", "--latitude and --longitude go together",
            ["station", "add"]
        ),
        (
            "station add --name N --address A --latitude 90.1 --longitude 1",
            "--latitude must be decimal degrees from -90 to 90 (is \"90.1\")", ["station", "add"]
        ),
        (
            "station add --name N --address A --latitude nan --longitude 1",
            "--latitude must be decimal degrees from -90 to 90 (is \"nan\")", ["station", "add"]
        ),
        (
            "station add --name N --address A --latitude 0x1p3 --longitude 1",
            "--latitude must be decimal degrees from -90 to 90 (is \"0x1p3\")", ["station", "add"]
        ),
        ("child", "`stationd child` needs a command: ", ["child"]),
        ("child checkpoint d -1", "unknown option -1 for `stationd child checkpoint`", ["child", "checkpoint"]),
        (
            "child prepare-segment d 0", "BYTES must be a whole number from 1 to 9223372036854775807 (is \"0\")",
            ["child", "prepare-segment"]
        ),
    ]

    @Test(arguments: refused) func `a wrong command line is refused`(
        _ line: String, _ message: String, _ command: [String]
    ) {
        #expect(throws: UsageFault(message, command: command)) { try Invocation(words(line)) }
    }

    @Test func `an empty argument is refused`() {
        #expect(throws: UsageFault("DIR must not be empty", command: ["check"])) { try Invocation(["check", ""]) }
        #expect(throws: UsageFault("unknown command `stationd `")) { try Invocation([""]) }
        #expect(throws: UsageFault("--data needs a value: --data DIR", command: ["serve"])) {
            try Invocation(["serve", "--data", ""])
        }
    }

    @Test func `every command in the table is implemented`() throws {
        for command in CommandSyntax.all {
            let numbers = ["BEHIND", "THROUGH", "BYTES", "ID"]
            var line = command.path
            line += command.operands.map { $0 == "URL" ? "nats://x" : numbers.contains($0) ? "7" : "x" }
            for option in command.options where option.isRequired {
                line += [option.name, option.name == "--role" ? "driver" : "x"]
            }
            _ = try Invocation(line)
        }
    }

    @Test func `a user is named by number, address or name`() {
        #expect(UserReference("12") == .id(12))
        #expect(UserReference("a@b.c") == .email("a@b.c"))
        #expect(UserReference(" a＠b.c ") == .email("a@b.c"))
        #expect(UserReference("john") == .username("john"))
        #expect(UserReference("-1") == .username("-1"))
        #expect(UserReference("99999999999999999999") == .username("99999999999999999999"))
    }

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
}
