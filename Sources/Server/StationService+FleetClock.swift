import Bytes
import Domain
import HTTP

/// When a station spoke last, and what its clock said then.
extension StationService {
    /// Notes that `station` has asked something. Its clock is judged by requests without a body: a body may have been
    /// long on its way, behind a head that says when it set out.
    func note(contactOf station: FleetMember, _ context: RequestContext) {
        let now = context.now
        let date = context.method == .get ? context.request.fields["Date"].flatMap(Timestamp.init(imfFixdate:)) : nil
        let offset = date.map { $0.seconds - now.wall.seconds }
        fleetTraffic.note(contactOf: station.id, at: now.wall, offsetSeconds: offset)
        guard let offset, station.isClockNews(offsetSeconds: offset),
            station.isClockWrong || fleetTraffic.mayMarkClock(of: station.id, now: now.monotonic)
        else { return }
        do throws(Refusal) {
            let mark = FleetAdministration.markClock(station.id, offsetSeconds: offset)
            guard case .event = try execute(mark, by: .central, now: now) else { return }
            if !station.isClockWrong { fleetTraffic.clockMarked(of: station.id, now: now.monotonic) }
            context.loop.log.write(
                station.isClockWrong ? .info : .warning, "Fleet",
                "The clock of station \(station.id) is \(station.isClockWrong ? "right again" : "off by \(offset) s")",
                at: now)
        } catch {
            // Without room in the journal the next contact tries again.
        }
    }
}
