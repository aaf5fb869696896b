import Bytes
import Domain
import HTTP
import JSON
import Platform

/// Changes many tickets alike, a few at a time. Each has an outcome and a record of its own, as if it had been patched
/// alone; so a request that is sent again changes nothing more.
final class BulkChangeJob: Job {
    private static let countPerAdvance = 16

    private let durable: DurableDesk
    private let writeQuota: WriteQuota
    private let form: BulkChangeForm
    private let user: User
    private var next = 0
    private var writer = JSONWriter()

    init(_ form: BulkChangeForm, by user: User, durable: DurableDesk, writeQuota: WriteQuota) {
        self.form = form
        self.user = user
        self.durable = durable
        self.writeQuota = writeQuota
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if next == 0 {
            writer.beginObject()
            writer.key("results")
            writer.beginArray()
        }
        // It answers a turn after the last change, so that this one's records are being committed by then.
        guard next < form.tickets.count else {
            writer.endArray()
            writer.endObject()
            return .json(.ok, writer.bytes)
        }
        let end = min(next + Self.countPerAdvance, form.tickets.count)
        for id in form.tickets[next..<end] { change(id, now: now) }
        next = end
        return nil
    }

    private func change(_ id: Identifier, now: Moment) {
        writer.beginObject()
        writer.member("support_id", Int64(id))
        do throws(Refusal) {
            try writeQuota.spend(user, now: now)
            let before = durable.desk.lastSequence
            try durable.updateTicket(id, form.patch, by: .user(user.id), now: now)
            let ticket = try durable.desk.ticket(id, for: .user(user.id))
            writer.member("statusCode", 200 as Int)
            writer.member("changed", durable.desk.lastSequence > before)
            writer.member("etag", EntityTag(durable.desk.entityTag(of: ticket)).text)
        } catch {
            error.writeMembers(into: &writer)
        }
        writer.endObject()
    }
}
