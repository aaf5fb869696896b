import Bytes
import Gateway
import JSON
import Platform

extension Configuration {
    /// The most addresses and networks of trusted proxies.
    static let listenProxiesMax = 64

    /// The settings that say who is believed, and who may read the metrics.
    static let accessSettings: [Setting] = [
        Setting(
            name: "listen_proxies", isReloadable: true,
            rule:
                "must be a list of up to \(listenProxiesMax) addresses and networks such as \"192.0.2.7\", "
                + "\"10.0.0.0/8\" or \"fd00::/8\", with zeros after the prefix",
            read: { value, configuration in
                guard let elements = value.arrayValue, elements.count <= listenProxiesMax else { return false }
                var networks: [IPNetwork] = []
                for element in elements {
                    guard let network = element.stringValue.flatMap({ IPNetwork(text: $0) }) else { return false }
                    networks.append(network)
                }
                configuration.listenProxies = networks
                return true
            },
            value: { .array($0.listenProxies.map { .string("\($0)") }) }),
        Setting(
            name: "metrics.listen", isReloadable: false,
            rule: "must be \"HOST:PORT\" with an IP address (IPv6 in brackets) or localhost, or \"\" for none",
            read: { value, configuration in
                guard let text = value.stringValue else { return false }
                configuration.metricsListen = ListenEndpoint(text: text)
                return text.isEmpty || configuration.metricsListen != nil
            },
            value: { .string($0.metricsListen?.text ?? "") }),
        secret("metrics.token", \.metricsToken),
        Setting(
            name: "metrics.cached_seconds", isReloadable: true, rule: "must be a whole number from 0 to 300",
            read: { value, configuration in
                guard let seconds = wholeNumber(value, in: 0...300) else { return false }
                configuration.metricsCachedSeconds = seconds
                return true
            },
            value: { .integer(Int64($0.metricsCachedSeconds)) }),
    ]
}
