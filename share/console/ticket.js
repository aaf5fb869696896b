// One ticket. Forms and buttons are made once; updates change only what they show, so no typed text, selection or
// focus is lost.

import { cannedAnswers } from './answers.js'
import { Failure, api, station } from './api.js'
import { tell } from './bus.js'
import { conflictPanel } from './conflict.js'
import { Page, ask, attempt, button, card, el, facts, field, fill, fold, link, options, row, select, setText,
  submit } from './dom.js'
import { draft, dropDraft, setDraft, textarea } from './drafts.js'
import { priorities, statuses } from './filter.js'
import { readTicket } from './inbox.js'
import { say } from './live.js'
import { send, waitingFor } from './outbox.js'
import { assignees, learn, memberName, nameOf } from './people.js'
import { go, view } from './route.js'
import { isAdmin, isDriver, myID, session } from './session.js'
import { toast } from './shell.js'
import { bothTimes, t } from './text.js'
import { Thread, inWords } from './thread.js'
import { isFleet, memberOf, numberOf, pathOf, put, putThread, threadOf, ticketOf } from './tickets.js'

export class TicketView extends Page {
  pane = 'detail'

  constructor(key) {
    super(t('ticketNumber', { number: numberOf(key) }))
    this.key = key
    this.isFleet = isFleet(key)
    this.element.prepend(link('#/tickets', t('back'), { class: 'button back' }))
    this.viewers = el('p.quiet', { role: 'status' })
    this.news = el('p.news', { role: 'status' })
    this.tags = el('p.tags')
    this.text = el('p.prose')
    this.facts = el('div')
    this.answer = el('p.prose')
    this.conflicts = el('div')
    this.waiting = el('ul.entries', { 'aria-label': t('waitingTitle') })
    this.commands = el('ul.entries', { 'aria-label': t('commands') })
    this.thread = new Thread(this)
    this.makeWork()
    this.makeRating()
    this.makeDescription()
    this.remove = button(t('deleteTicket'), () => this.delete(), { class: 'danger' })
    this.body.append(this.viewers, this.news, this.conflicts, this.waiting,
      card(this.tags, this.text, this.describe, this.facts),
      card(el('h2', t('response')), this.answer, this.rate, this.work, this.commands), ...this.thread.parts,
      row(this.remove, button(t('print'), () => print())))
    this.body.hidden = true
    this.on('ticket', (event) => event.key === key && this.hear(event))
    this.on('viewers', (event) => String(event.support_id) === key && this.showViewers(event.viewers))
    this.on('live', () => this.look())
    this.on('missed', () => this.refreshSoon())
    this.on('sent', (entry) => entry.key === key && this.refreshSoon())
    this.on('command', () => this.isFleet && this.refreshSoon())
    this.on('unread', (count) => count && readTicket(key))
    this.on('queue', () => this.showWaiting())
    this.on('names', () => this.ticket && this.show(this.ticket))
    // What the driver has received by now is announced to nobody.
    if (!isDriver()) this.every(20)
    this.look()
  }

  close() {
    super.close()
    clearTimeout(this.soon)
    if (!isDriver()) say('ticket:leave', {})
  }

  // MARK: Parts

  makeWork() {
    this.statusButtons = statuses.map((status) => button(t(status), () => this.patch({ status }),
      { 'data-key': 'to ' + status }))
    this.priority = select(priorities.map((each) => [each, t(each)]), '', {
      onchange: () => this.patch({ priority: this.priority.value }),
    })
    this.assignee = select([], '', { onchange: () => this.assign(Number(this.assignee.value) || null) })
    this.take = button(t('assignToMe'), () => this.assign(myID()), { class: 'primary' })
    this.area = textarea('answer ' + this.key)
    this.area.addEventListener('input', () => {
      // What the answer was when its author began to change it.
      if (draft('seen ' + this.key) === undefined) setDraft('seen ' + this.key, this.ticket.response)
    })
    this.shut = button(t('saveAndClose'), () => this.saveAnswer('closed'))
    this.work = el('div.work', row(this.take), el('form', { onsubmit: submit(() => this.saveAnswer()) },
      field(t('answerToDriver'), this.area), cannedAnswers((text) => this.insert(text)),
      row(el('button.primary', t('saveAnswer')), this.shut)),
    el('fieldset', el('legend', t('status')), el('div.choice', ...this.statusButtons)),
    el('div.two', field(t('priority'), this.priority), !this.isFleet && field(t('assignee_id'), this.assignee)))
  }

  makeRating() {
    this.stars = [1, 2, 3, 4, 5].map((rating) => button(String(rating), () => this.patch({ rating }, '/rating'),
      { 'aria-label': t('ratingOf', { rating }), 'data-key': 'rating ' + rating }))
    this.rate = el('fieldset', el('legend', t('howWasHelp')), el('div.choice', ...this.stars))
  }

  makeDescription() {
    const key = 'description ' + this.key
    const area = textarea(key, { required: true })
    this.describe = fold(t('changeDescription'), el('form', {
      onsubmit: submit(async () => {
        if (!await this.patch({ description: area.value })) return
        dropDraft(key)
        this.describe.open = false
      }),
    }, field(t('description'), area), row(el('button.primary', t('save')))))
    this.describe.addEventListener('toggle', () => (area.value = draft(key) ?? this.ticket.description))
  }

  // MARK: Changes

  /** Puts a canned answer where the cursor is. */
  insert(text) {
    const { area } = this
    const before = area.value.slice(0, area.selectionStart)
    area.setRangeText((/\S$/.test(before) ? '\n' : '') + text, area.selectionStart, area.selectionEnd, 'end')
    area.dispatchEvent(new Event('input'))
    area.focus()
  }

  assign(id) {
    return this.patch({ assignee_id: id })
  }

  saveAnswer(status) {
    const response = this.area.value.trim() || null
    const body = {}
    if (response !== this.ticket.response) body.response = response
    if (status && status !== this.ticket.status) body.status = status
    return Object.keys(body).length ? this.patch(body) : toast(t('nothingToSave'))
  }

  /** Sends a change of the ticket as its author saw it. Returns whether it was made, or waits. */
  async patch(body, path = '') {
    let isDone = false
    await attempt(this.element, this.fault, async () => {
      const { ticket, key } = this
      const seen = Object.fromEntries(Object.keys(body).map((name) => [name, ticket[name] ?? null]))
      const begun = draft('seen ' + key)
      if ('response' in body && begun !== undefined) seen.response = begun
      // An answer that was begun before somebody else's is not sent over it: a tag that fits nothing leads to a look.
      const isOld = 'response' in body && seen.response !== ticket.response
      const answer = await send({
        what: 'change', method: 'PATCH', path: pathOf(key) + path, key, body, seen,
          tag: (!isOld && this.tag) || '"none"',
      })
      if (waitingFor(key).some((entry) => entry.conflict)) return this.showWaiting()
      if ('response' in body) this.forgetAnswer()
      isDone = true
      if (answer) this.adopt(answer)
      else toast(t('waitsForLine'))
    })
    // Shows the station's value again if the change failed.
    this.show(this.ticket)
    return isDone
  }

  /** Shows the answer to a change: the ticket, or a command for the member of a fleet. */
  adopt({ data, fields }) {
    if (data.command_id) {
      toast(t('commandWaits', { station: memberName(memberOf(this.key)) }))
      return this.refreshSoon()
    }
    this.update(data, fields)
    tell('ticket', { key: this.key, ticket: data, isOwn: true })
    toast(t('done'))
  }

  forgetAnswer() {
    dropDraft('answer ' + this.key)
    dropDraft('seen ' + this.key)
  }

  async delete() {
    if (!await ask(t('deleteTicket'), t('deleteText', { number: numberOf(this.key) }), t('deleteTicket'))) return
    await attempt(this.element, this.fault, async () => {
      try {
        const { data } = await api('DELETE', pathOf(this.key), undefined, this.tag ? { 'If-Match': this.tag } : {})
        if (data.command_id) return this.adopt({ data })
      } catch (error) {
        if (error.status !== 412) throw error
        await this.load()
        throw new Failure(412, t('changedMeanwhile'))
      }
      tell('ticket', { key: this.key, isOwn: true })
      toast(t('done'))
      if (view === this) go('#/tickets')
    })
  }

  // MARK: News

  /** Tells the station, and so the others, that this ticket is on the screen. */
  look() {
    if (!isDriver() && !this.isFleet) say('ticket:view', { support_id: Number(this.key) })
  }

  showViewers(viewers) {
    for (const each of viewers) learn(each)
    const others = viewers.filter((each) => each.user_id !== myID()).map((each) => each.username)
    setText(this.viewers, others.length ? t('alsoLooking', { names: others.join(', '), count: others.length }) : '')
  }

  hear({ ticket, change, changes = [], by, isOwn }) {
    if (isOwn) return
    const name = by?.username ?? t(by ? 'operator' : 'somebody')
    if (!ticket && change === 'deleted') {
      this.body.hidden = true
      return setText(this.fault, t('deletedBy', { name }))
    }
    if (ticket) {
      this.tag = null
      this.show(ticketOf(this.key))
    }
    const said = [...changes.map(inWords), change === 'commented' && t('newComment')].filter(Boolean)
    if (by?.user_id !== myID() && said.length) setText(this.news, `${name}: ${said.join(' · ')}`)
    this.refreshSoon()
  }

  refreshSoon() {
    clearTimeout(this.soon)
    this.soon = setTimeout(() => view === this && session && station.reachable && this.refresh(), 150)
  }

  /** What is known is shown at once, and renewed when the station has answered. */
  refresh() {
    if (!this.ticket && ticketOf(this.key)) {
      this.show(ticketOf(this.key))
      this.thread.show(threadOf(this.key) ?? {})
    }
    return super.refresh()
  }

  async load() {
    const path = pathOf(this.key)
    try {
      const [ticket, comments, history, receipts, commands] = await Promise.all([path, path + '/comments',
        path + '/history',
        !isDriver() && !this.isFleet && path + '/receipts', this.isFleet && `/stations/${memberOf(this.key)}/commands`]
        .map((each) => each && api('GET', each)))
      for (const entry of [...comments.data, ...history.data]) learn(entry)
      const thread = { comments: comments.data, history: history.data, receipts: receipts.data }
      put(ticket.data)
      putThread(this.key, thread)
      if (view !== this) return
      this.update(ticket.data, ticket.fields)
      this.thread.show(thread)
      this.showCommands(commands.data)
      readTicket(this.key)
    } catch (error) {
      if (error.status !== 404) throw error
      this.body.hidden = true
      throw new Failure(404, t('ticketNotFound', { number: numberOf(this.key) }))
    }
  }

  // MARK: Showing

  update(ticket, fields) {
    this.tag = fields.get('ETag')
    this.show(ticket)
  }

  show(ticket) {
    const { role, station_id: workplace } = session.user
    this.ticket = ticket
    const works = isAdmin() || (role === 'station_staff' && workplace && ticket.station_id === workplace)
    const isClosed = ticket.status === 'closed'
    const tag = (text, priority) => el('strong.tag', { 'data-priority': priority }, text)
    fill(this.tags, [ticket.status, ticket.priority, ticket.type, ticket.escalated_at], () => [el('strong',
      t(ticket.status)),
      tag(t('priorityIs', { priority: t(ticket.priority) }), ticket.priority), el('span.quiet', t(ticket.type)),
      ticket.escalated_at && !isClosed && tag(t('escalated'), 'urgent')])
    setText(this.text, ticket.description)
    this.showFacts(ticket)
    setText(this.answer, ticket.response ?? t('noAnswer'))
    this.answer.classList.toggle('on-paper', works)
    this.describe.hidden = !isDriver() || ticket.status !== 'open'
    this.rate.hidden = !isDriver() || !isClosed
    this.stars.forEach((star, index) => star.setAttribute('aria-pressed', ticket.rating === index + 1))
    this.work.hidden = !works
    const response = draft('answer ' + this.key) ?? ticket.response ?? ''
    if (this.area.value !== response) this.area.value = response
    this.statusButtons.forEach((each, index) => each.setAttribute('aria-pressed', ticket.status === statuses[index]))
    this.priority.value = ticket.priority
    const people = assignees(ticket.station_id)
    const id = ticket.assignee_id
    if (id && !people.some(([each]) => each === id)) people.push([id, nameOf(id)])
    fill(this.assignee, people, () => options([['', t('nobody')], ...people]))
    this.assignee.value = id ?? ''
    this.take.parentElement.hidden = this.isFleet || id === myID() || isClosed
    this.shut.hidden = isClosed
    this.remove.hidden = !isAdmin()
    this.body.hidden = false
    this.showWaiting()
  }

  showFacts({ user, station: place, ...ticket }) {
    const who = user && (this.isFleet || user.user_id !== myID()) && user
    const assignee = !this.isFleet && (ticket.assignee_id ? nameOf(ticket.assignee_id) : t('nobody'))
    fill(this.facts, [ticket, who, place, assignee, memberName(memberOf(this.key))], () => [facts([
      [t('from'), who && [who.username + ' ',
        who.phone && link('tel:' + who.phone.replace(/[^+\d]/g, ''), who.phone, { 'data-key': 'phone' }),
        who.email && link('mailto:' + encodeURIComponent(who.email), who.email, { 'data-key': 'mail' })]],
      [t('member'), this.isFleet && memberName(memberOf(this.key))],
      [t('station_id'), place ? [place.name, place.address].filter(Boolean).join(', ') : t('noStation')],
      [t('created'), bothTimes(ticket.created_at)],
      [t('updated_at'), ticket.updated_at !== ticket.created_at && bothTimes(ticket.updated_at)],
      [t('closed'), ticket.closed_at && bothTimes(ticket.closed_at)], [t('assignee_id'), assignee],
      [t('rating'), ticket.rating && t('ratingOf', { rating: ticket.rating })],
    ])])
  }

  showWaiting() {
    if (!this.ticket) return
    const conflict = waitingFor(this.key).find((entry) => entry.conflict)
    fill(this.conflicts, [conflict, this.ticket.updated_at], () => [conflict && conflictPanel(this, conflict)])
    const others = waitingFor(this.key).filter((entry) => !entry.conflict)
    fill(this.waiting, others, () => others.map(({ fault, body }) => el('li.internal',
      el('strong', t(fault ? 'notSent' : 'waiting')), ` · ${body.body ?? Object.entries(body).map(([name, to]) =>
        inWords({ field: name, to })).join(' · ')} `, fault && [fault, ' ', link('#/waiting', t('show'))])))
  }

  showCommands(commands = []) {
    const mine = commands.filter((each) => String(each.data.support_id) === this.key.split('/')[1]).slice(0, 10)
    fill(this.commands, mine, () => mine.map((each) => el('li', `${t(each.type)}: `, el('strong',
      t('c_' + each.status)),
      each.message ? ` · ${each.message}` : '', ' · ', bothTimes(each.at))))
  }
}
