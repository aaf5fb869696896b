// The fleet, on a central server: its stations, how far they have reported, and what they were asked to do.

import { api } from './api.js'
import { Page, button, card, el, facts, fill, items, link, quiet, row, setText, table } from './dom.js'
import { loadNames, memberName, members, nameOf } from './people.js'
import { offset } from './status.js'
import { bothTimes, now, number, t, time } from './text.js'
import { hrefOf } from './tickets.js'

const silentMillis = 300000

/** What is to be said of a member, the worst first. */
const states = ({ removed_at: removed, last_contact: seen, full, clock_wrong: isOff, not_understood: { count } }) => [
  removed ? t('memberRemoved') : !seen ? t('neverSeen') : now() - Date.parse(seen) > silentMillis && t('memberSilent'),
  full && t('memberFull'), isOff && t('memberClock'), count && t('notUnderstood', { count }),
].filter(Boolean).join(', ') || t('isWell')

const ticketsOf = ({ station_id: id, tickets }) => link(`#/tickets?of=${id}&status=open&status=in_progress`,
  t('openTickets', { count: tickets.open + tickets.in_progress }), { 'aria-label': t('ticketsOf',
    { name: memberName(id) }) })

export class FleetView extends Page {
  constructor() {
    super(t('p_fleet'))
    this.on('names', () => this.show())
    this.every(15)
    this.show()
  }

  load() {
    return loadNames()
  }

  show() {
    const list = members ?? []
    const none = t('nothing')
    fill(this.body, list, () => [table(t('stationCount', { count: list.length }),
      ['name', 'state', 'lastContact', 'reported', 'clock', 'missing', 'commands', 'p_tickets'].map((each) => t(each)),
      list.map((each) => [link('#/fleet/' + each.station_id, memberName(each.station_id),
        { 'data-key': 'member ' + each.station_id }),
        states(each), each.last_contact && time(each.last_contact), number(each.accepted_through),
          offset(each.clock_offset_seconds),
        each.missing.length ? t('spanCount', { count: each.missing.length }) : none,
        each.waiting_commands ? t('waitingCount', { count: each.waiting_commands }) : none, ticketsOf(each)]))])
  }
}

export class MemberView extends Page {
  constructor(id) {
    super(memberName(id))
    this.id = id
    this.element.prepend(link('#/fleet', t('back'), { class: 'button back always' }))
    this.on('command', () => this.refresh())
    this.every(10)
  }

  async load() {
    const [{ data: member }, { data: commands }] =
      await Promise.all([api('GET', '/fleet/' + this.id), api('GET', `/stations/${this.id}/commands`)])
    setText(this.heading, memberName(this.id))
    const { missing } = member
    fill(this.body, [member, commands], () => [
      card(facts([[t('state'), states(member)], [t('lastContact'),
        member.last_contact ? bothTimes(member.last_contact) : t('notKnown')],
        [t('reported'), number(member.accepted_through)], [t('clock'), offset(member.clock_offset_seconds)],
        [t('added'), bothTimes(member.added_at)], [t('removed'), member.removed_at && bothTimes(member.removed_at)],
        [t('p_tickets'), ticketsOf(member)], [t('lastProblem'), member.not_understood.last?.problem]])),
      missing.length > 0 && card(el('h2', t('missing')), quiet(t('missingText')), el('ul.entries', ...items(missing,
        (each) =>
        [t('missingSpan', { from: each.from, through: each.through }), ' · ', bothTimes(each.at)]))),
      card(el('h2', t('commands')), el('ul.entries', ...items(commands, (each) => this.command(each),
        t('noCommands')))),
    ])
  }

  command({ data, by, at, status, type, message, number: count }) {
    const id = data.support_id
    return [el('strong', t('c_' + status)), ` · ${t(type)} `, id ? link(hrefOf(`${this.id}/${id}`),
      '#' + id) : data.email ?? data.name,
      quiet(by === 'operator' ? t(by) : nameOf(by), ' · ', bothTimes(at)), message && el('p',
        [message].flat().join('. ')),
      status === 'waiting' && row(button(t('cancelCommand'), () => this.act(async () => {
        await api('DELETE', `/stations/${this.id}/commands/${count}`)
        await this.load()
      })))]
  }
}
