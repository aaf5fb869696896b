import Testing

@testable import stationd

@Suite struct HelpTextTests {
    static let topics = [[], ["user"], ["station"], ["central"]] + CommandSyntax.all.map(\.path)

    @Test(arguments: topics) func `its lines fit a terminal`(_ path: [String]) {
        for line in HelpText.text(for: path).split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.count <= 79, "\(line)")
            #expect(line.last != " ", "\(line)|")
        }
    }

    @Test func `the overview names every command that is not hidden`() {
        let text = HelpText.text(for: [])
        for command in CommandSyntax.all { #expect(text.contains("  \(command.name)") == !command.isHidden) }
    }

    @Test func `a commands help names its options`() {
        for command in CommandSyntax.all {
            let text = HelpText.text(for: command.path)
            for option in command.options { #expect(text.contains("  \(option.usage)  ")) }
        }
    }

    @Test func `an example`() {
        #expect(
            HelpText.text(for: ["token"]) == """
                Usage: stationd token USER [--hours N] [--config FILE] [--data DIR]

                Print a token for a user.

                Options:
                  --hours N      how long it is good, 1 to 8760; else the configuration's
                  --config FILE  the configuration; else /etc/stationd/stationd.json where it
                                 exists
                  --data DIR     the data directory; else the configuration's
                  --help         print this and end
                  --version      print the version and end

                USER is a number (the user_id), an email address or a username.

                Works on a running station through the socket control.sock in its data
                directory, which only its owner and root may open, and on a stopped one
                directly.

                """)
    }
}
