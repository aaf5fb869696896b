import Gateway
import Store
import Testing

@testable import Server

@Suite struct LimitsTests {
    @Test func `the defaults are valid`() { #expect(Limits().validate() == []) }

    @Test func `every setting has a name of its own`() {
        #expect(Set(Limits.settings.map(\.name)).count == Limits.settings.count)
    }

    /// Every stored property is an Int with a setting: there is no limit without a name.
    @Test func `every limit has a setting`() {
        let properties = Mirror(reflecting: Limits()).children.compactMap(\.label)
        let names = properties.map { property in
            property.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
        }
        #expect(names.sorted() == Limits.settings.map(\.name).sorted())
    }

    @Test(arguments: Limits.settings.map(\.name)) func `a limit out of its range is named`(_ name: String) throws {
        let setting = try #require(Limits.settings.first { $0.name == name })
        for value in [setting.range.lowerBound - 1, setting.range.upperBound + 1, .min, .max] {
            var limits = Limits()
            limits[keyPath: setting.value] = value
            let (least, most) = (setting.range.lowerBound, setting.range.upperBound)
            let sentence = "limits.\(name) must be a whole number from \(least) to \(most) (is \(value))"
            #expect(limits.validate().contains(sentence))
        }
    }

    static let brokenRelations: [(String, @Sendable (inout Limits) -> Void)] = [
        (
            "limits.request_target_bytes_max (is 16321) and 64 more must not be over limits.head_bytes_max (is 16384): "
                + "a request target is part of its head",
            { $0.requestTargetBytesMax = 16_384 - 63 }
        ),
        (
            "limits.payload_bytes_max (is 1000000) must not be over limits.body_bytes_max (is 65536): "
                + "a polling client sends its payload as a body",
            { $0.bodyBytesMax = 65_536 }
        ),
        (
            "limits.connections_per_address_max (is 256) must not be over limits.connections_max (is 100): "
                + "one address cannot have more connections than there are in all",
            { $0.connectionsMax = 100 }
        ),
        (
            "limits.sockets_per_user_max (is 3000) must not be over limits.connections_max (is 2000): "
                + "one user cannot have more sockets than there are connections",
            { $0.socketsPerUserMax = 3000 }
        ),
        (
            "limits.login_tries_per_account_max (is 101) must not be over limits.login_tries_per_address_max (is 100): "
                + "the limit of an account would never be reached from one address",
            { $0.loginTriesPerAccountMax = 101 }
        ),
        (
            "4 times limits.segment_bytes (is 4194304) must not be over limits.journal_bytes_max (is 8388608): "
                + "the journal holds a segment in use, one written ahead and some that are read",
            { $0.journalBytesMax = 8_388_608 }
        ),
    ]

    @Test(arguments: brokenRelations.indices) func `a broken relation is named`(_ index: Int) {
        let (sentence, change) = Self.brokenRelations[index]
        var limits = Limits()
        change(&limits)
        #expect(limits.validate() == [sentence])
    }

    /// Machines trap on contradictory limits, so any limits that pass `validate` must suit them.
    @Test func `valid limits suit the machines`() {
        var random = SystemRandomNumberGenerator()
        var validCount = 0
        for _ in 0..<20_000 {
            var limits = Limits()
            for setting in Limits.settings {
                let (least, most) = (setting.range.lowerBound, setting.range.upperBound)
                let choices = [least, most, limits[keyPath: setting.value], .random(in: least...most, using: &random)]
                limits[keyPath: setting.value] = choices.randomElement(using: &random) ?? least
            }
            guard limits.validate().isEmpty else { continue }
            validCount += 1
            var configuration = Configuration()
            configuration.limits = limits
            let settings = GatewaySettings(configuration)
            #expect(settings.http.contradiction == nil)
            #expect(settings.connectionsMax == limits.connectionsMax)
            _ = JournalLimits(
                segmentBytes: limits.segmentBytes,
                recordBytesMax: min(JournalLimits().recordBytesMax, limits.segmentBytes / 2))
        }
        #expect(validCount > 100)
    }
}
