import Testing

@testable import stationd

@Suite struct HelpTextTests {
    static let topics = [[], ["user"], ["station"], ["certificate"], ["central"]] + CommandSyntax.all.map(\.path)

    @Test(arguments: topics) func `the lines of a help text fit a terminal`(_ path: [String]) {
        for line in HelpText.text(for: path).split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.count <= 79, "\(line)")
            #expect(line.last != " ", "\(line)|")
        }
    }

    @Test func `the overview lists every command that is not hidden`() {
        let text = HelpText.text(for: [])
        for command in CommandSyntax.all { #expect(text.contains("  \(command.name)") == !command.isHidden) }
    }

    @Test func `a command's help lists its options`() {
        for command in CommandSyntax.all {
            let text = HelpText.text(for: command.path)
            for option in command.options { #expect(text.contains("  \(option.usage)  ")) }
        }
    }

    @Test func `the help of token reads like this`() {
        #expect(
            HelpText.text(for: ["token"]) == """
                Usage: stationd token USER [--hours N] [--config FILE] [--data DIR]

                Print a token for a user.

                Options:
                  --hours N      hours until it expires, 1 to 8760 (default: as configured)
                  --config FILE  configuration file (default: /etc/stationd/stationd.json if it
                                 exists)
                  --data DIR     data directory (default: the one in the configuration)
                  --help         print this help and exit
                  --version      print the version and exit

                USER is a numeric user_id, an email address or a username.

                This command reaches a running station through the socket control.sock in the
                data directory, which only the owner and root can open. If the station is
                stopped, it opens the data directory itself.

                """)
    }
}
