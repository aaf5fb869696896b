import Bytes
import Gateway
import Platform
import TLS

/// The certificates that clients with TLS see, while the station runs: read again with the configuration, and the
/// station's own renewed when that is due.
final class PresentedCertificates {
    /// How often the station looks whether its own certificate is due.
    private static let renewalMillis: Int64 = 24 * 3_600_000

    private let source: TLSSource?
    private let configuration: LiveConfiguration
    private var nextRenewal: MonotonicTime

    /// - Parameter source: nil in a build without TLS.
    init(_ source: TLSSource?, configuration: LiveConfiguration, now: MonotonicTime) {
        self.source = source
        self.configuration = configuration
        nextRenewal = now.advanced(byMilliseconds: Self.renewalMillis)
    }

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? { source == nil ? nil : nextRenewal }

    /// Reads certificates and keys again. If they are faulty, the ones in use stay.
    func reload(through loop: EventLoop, now: Moment) {
        guard loop.tlsServer != nil, let source else { return }
        do throws(TLSFault) {
            let presented = try source.makeServer(configuration.current)
            loop.log.write(.info, "TLS", "Certificates and keys are read again", at: now)
            present(presented, through: loop, now: now)
        } catch {
            loop.log.write(.error, "TLS", "The certificate in use stays: \(error)", at: now)
        }
    }

    /// Renews the station's own certificate if it is due. Files that an operator has changed wait for a reload.
    func expire(through loop: EventLoop, now: Moment) {
        guard let source, nextRenewal <= now.monotonic else { return }
        nextRenewal = now.monotonic.advanced(byMilliseconds: Self.renewalMillis)
        guard loop.tlsServer != nil, configuration.current.tls.certificateFile.isEmpty,
            let presented = try? source.makeServer(configuration.current), presented.hasMade
        else { return }
        present(presented, through: loop, now: now)
    }

    private func present(_ presented: TLSSource.Presented, through loop: EventLoop, now: Moment) {
        loop.tlsServer = presented.server
        for sentence in presented.news { loop.log.write(.info, "TLS", sentence, at: now) }
    }
}
