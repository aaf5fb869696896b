// The fleet, on a central server: its stations, how far they have reported, and what they were asked to do.

import { api } from './api.js'
import { on } from './bus.js'
import { ask, attempt, button, card, el, fault, field, fill, heading, link, quiet, row, setText } from './dom.js'
import { newKey } from './outbox.js'
import { loadNames, memberName, members, personOf } from './people.js'
import { go, view } from './route.js'
import { toast } from './shell.js'
import { table } from './table.js'
import { bothTimes, now, number, span, t, time, word } from './text.js'
import { hrefOf } from './tickets.js'

const silentSeconds = 300

/** What is to be said of a member: the worst first. */
function states(member) {
  const found = []
  if (member.removed_at) found.push(t('memberRemoved'))
  else if (!member.last_contact) found.push(t('neverSeen'))
  else if (now() - Date.parse(member.last_contact) > silentSeconds * 1000) found.push(t('memberSilent'))
  if (member.full) found.push(t('memberFull'))
  if (member.clock_wrong) found.push(t('memberClock'))
  if (member.not_understood?.count) found.push(t('notUnderstood', { count: member.not_understood.count }))
  return found
}

const name = (member) => member.name ?? memberName(member.station_id)
const clockOf = (member) => {
  const offset = member.clock_offset_seconds
  return offset == null ? t('notKnown') : Math.abs(offset) < 5 ? t('clocksAgree')
    : t(offset > 0 ? 'clockAhead' : 'clockBehind', { span: span(Math.abs(offset)) })
}
const ticketsOf = (member) => link(`#/tickets?of=${member.station_id}&status=open&status=in_progress`,
  t('openTickets', { count: member.tickets.open + member.tickets.in_progress }),
  { 'aria-label': t('ticketsOf', { name: name(member) }) })

/** Shows a token, which the server says only once. */
const showToken = (member, token) => ask(t('tokenOf', { name: member }), el('div', null, quiet(t('tokenText')),
  ...field(t('token'), el('input', { readonly: true, value: token, onfocus: (event) => event.target.select() }))),
{ yes: t('close_'), no: t('cancel') })

export class FleetView {
  constructor() {
    this.heading = heading(t('fleet'))
    this.fault = fault()
    this.list = el('div')
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      button(t('addMember'), () => this.add(), { class: 'primary' })), this.fault, this.list)
    this.off = on('names', () => this.show())
    this.timer = setInterval(() => !document.hidden && this.refresh(), 15000)
    this.show()
  }

  close() {
    this.off()
    clearInterval(this.timer)
  }

  refresh() {
    return loadNames()
  }

  show() {
    fill(this.list, members, () => [table(t('memberCount', { count: (members ?? []).length }),
      [t('name'), t('state'), t('lastContact'), t('reported'), t('clock'), t('missing'), t('commands'), t('tickets')],
      (members ?? []).map((each) => [
        link('#/fleet/' + each.station_id, name(each), { 'data-key': 'member ' + each.station_id }),
        states(each).join(', ') || t('isWell'), each.last_contact ? time(each.last_contact) : '–',
        number(each.accepted_through), clockOf(each),
        each.missing.length ? t('spanCount', { count: each.missing.length }) : t('nothing'),
        each.waiting_commands ? t('waitingCount', { count: each.waiting_commands }) : t('nothing'), ticketsOf(each),
      ]))])
  }

  async add() {
    const number = el('input', { type: 'number', min: 1, step: 1, required: true })
    const called = el('input', { maxlength: 200 })
    const draft = await ask(t('addMember'), el('div', null, ...field(t('memberNumber'), number, t('memberNumberHint')),
      ...field(t('name'), called)), {
      yes: t('add'), no: t('cancel'),
      answer: () => ({ station_id: Number(number.value), ...(called.value.trim() ? { name: called.value.trim() } : {}) }),
    })
    if (!draft) return
    await attempt(this.element, this.fault, async () => {
      const { data } = await api('POST', '/fleet', draft, { 'Idempotency-Key': newKey() })
      await loadNames()
      await showToken(draft.name ?? memberName(draft.station_id), data.token)
    })
  }
}

export class MemberView {
  constructor(id) {
    this.id = id
    this.heading = heading(memberName(id))
    this.fault = fault()
    this.place = el('div')
    this.element = el('div', null, link('#/fleet', t('backToFleet'), { class: 'button back always' }), this.heading,
      this.fault, this.place)
    this.off = on('command', () => this.refresh())
    this.timer = setInterval(() => !document.hidden && this.refresh(), 10000)
  }

  close() {
    this.off()
    clearInterval(this.timer)
  }

  async refresh() {
    try {
      const [{ data: member }, { data: commands }] = await Promise.all([
        api('GET', '/fleet/' + this.id), api('GET', `/stations/${this.id}/commands`)])
      setText(this.heading, name(member))
      this.show(member, commands)
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show(member, commands) {
    const facts = [
      [t('state'), states(member).join(', ') || t('isWell')],
      [t('lastContact'), member.last_contact ? bothTimes(member.last_contact) : t('notKnown')],
      [t('reported'), number(member.accepted_through)], [t('clock'), clockOf(member)],
      [t('added'), bothTimes(member.added_at)], [t('removed'), member.removed_at && bothTimes(member.removed_at)],
      [t('tickets'), ticketsOf(member)],
      [t('lastProblem'), member.not_understood?.last?.problem],
    ]
    fill(this.place, [member, commands], () => [
      card(el('dl', null, ...facts.filter(([, value]) => value).flatMap(([key, value]) =>
        [el('dt', null, key), el('dd', null, value)])),
      row(button(t('renewToken'), () => this.renew(member)),
        member.removed_at ? null : button(t('removeMember'), () => this.remove(member), { class: 'danger' }))),
      member.missing.length ? card(el('h2', null, t('missing')), quiet(t('missingText')),
        el('ul', { class: 'entries' }, ...member.missing.map((each) => el('li', null,
          t('missingSpan', { from: each.from, through: each.through }), ' · ', bothTimes(each.at))))) : null,
      card(el('h2', null, t('commands')), el('ul', { class: 'entries' }, ...(commands.length
        ? commands.map((each) => this.command(each)) : [el('li', { class: 'quiet' }, t('noCommands'))]))),
    ])
  }

  command(each) {
    const { data } = each
    const about = data.support_id ? link(hrefOf(`${this.id}/${data.support_id}`), '#' + data.support_id)
      : data.email ?? data.name ?? ''
    const by = each.by === 'operator' ? t('operator') : personOf(each.by)?.username ?? t('somebody')
    return el('li', null, el('p', null, el('strong', null, word('c_' + each.status)), ' · ', word(each.type), ' ', about),
      quiet(by, ' · ', bothTimes(each.at)), each.message ? el('p', null, [each.message].flat().join('. ')) : null,
      each.status === 'waiting' ? row(button(t('cancelCommand'), () => attempt(this.element, this.fault, async () => {
        await api('DELETE', `/stations/${this.id}/commands/${each.number}`)
        await this.refresh()
      }))) : null)
  }

  async renew(member) {
    if (!await ask(t('renewToken'), quiet(t('renewText')), { yes: t('renewToken'), no: t('cancel'), danger: true })) return
    await attempt(this.element, this.fault, async () => {
      const { data } = await api('POST', `/fleet/${this.id}/token`)
      await showToken(name(member), data.token)
    })
  }

  async remove(member) {
    const purge = el('input', { type: 'checkbox' })
    const answer = await ask(t('removeMember'), el('div', null, quiet(t('removeMemberText', { name: name(member) })),
      el('label', { class: 'check' }, purge, t('purge'))), {
      yes: t('removeMember'), no: t('cancel'), danger: true, answer: () => ({ purge: purge.checked }),
    })
    if (!answer) return
    await attempt(this.element, this.fault, async () => {
      await api('DELETE', `/fleet/${this.id}${answer.purge ? '?purge=true' : ''}`)
      await loadNames()
      toast(t('memberIsRemoved', { name: name(member) }))
      if (view === this) go('#/fleet')
    })
  }
}
