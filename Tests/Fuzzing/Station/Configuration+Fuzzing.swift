import Bytes
import Gateway
import HTTP
import Server
import Store

extension FuzzMachine {
    /// The configuration file.
    static let configuration = FuzzMachine(
        "configuration", bytesMax: 2048,
        words: Configuration.settingNames.flatMap { name in name.split(separator: ".").map { "\"\($0)\":" } } + [
            "// a\n", "/* b */", "{", "}", "[", "]", "null", "true", "\"http://a:1\"", "\"nats://[::1]:4222/\"",
            "\"0.0.0.0:8080\"", "\"unix:a\"",
            "9223372036854775807", "-1", "1e308", "\"*\"", "\"debug\"",
        ],
        seeds: {
            [
                "{}",
                "{\"listen\": [\"127.0.0.1:0\", \"[::1]:8080\"], \"data\": \"/x\", "
                    + "\"station\": {\"id\": 7, \"name\": \"n\"}} // end",
                "{\"limits\": {\"body_bytes_max\": 1024, \"segment_bytes\": 262144, \"journal_bytes_max\": 1}}",
                "{\"limits\": {\"segment_byte\": 1}, \"a.b\": 1}",
                "{\"upstream\": {\"url\": \"http://h\", \"token\": \"t\", \"interval_seconds\": 5}}",
                "{\"upstream\": {\"url\": \"nats://u@h\", \"user\": \"u\", \"token\": 1}}",
                "{\"cors\": {\"origins\": [\"http://a\", \"*\"]}, \"log\": {\"level\": \"debug\"}, "
                    + "\"jwt\": {\"lifetime_hours\": 1, \"secret_file\": \"/s\"}}",
                "{\"notifications\": {\"kept_days\": 400, \"kept_count\": -1, \"digest_above\": 0, "
                    + "\"station_staff\": null}, \"central\": {\"enabled\": 1}}",
                "/* a\n */ [\n]", "{\"x\":\n{\"y\":{\"z\":{}}}}", "{\"data\": \"\u{0}\"}",
            ].map { [UInt8]($0) }
        },
        body: { bytes in
            do throws(ConfigurationFault) {
                let read = try Configuration.read(bytes: bytes, file: "f")
                let there = Configuration().changes(to: read)
                expect(
                    there.applied.count + there.needRestart.count <= Configuration.settingNames.count,
                    "a setting is named once")
                let back = read.changes(to: Configuration())
                expect(there.isEmpty == back.isEmpty, "changes can be undone")
                // A station must be able to start with whatever was read.
                let settings = GatewaySettings(read)
                _ = HTTPServerMachine(limits: settings.http, now: MonotonicTime(milliseconds: 0))
                let segment = read.limits.segmentBytes
                _ = JournalLimits(
                    segmentBytes: segment, recordBytesMax: min(JournalLimits().recordBytesMax, segment / 2))
                _ = read.jwtSecretPath
            } catch {
                expect(!error.messages.isEmpty, "a fault says why")
                expect(error.messages.allSatisfy { $0.hasPrefix("f:") }, "a fault says where: \(error)")
            }
        })
}
