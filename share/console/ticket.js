// One ticket. Forms and buttons are made once; updates change only what they show, so no typed text, selection or
// focus is lost.

import { Failure, api, station } from './api.js'
import { on, tell } from './bus.js'
import { cannedAnswers } from './answers.js'
import { conflictPanel } from './conflict.js'
import { ask, attempt, button, card, el, fault, field, fill, heading, link, options, primary, quiet, row, setText,
  submit } from './dom.js'
import { dropDraft, draft, hasDraft, setDraft, textarea } from './drafts.js'
import { priorities, statuses } from './filter.js'
import { readTicket } from './inbox.js'
import { live, say } from './live.js'
import { send, waitingFor } from './outbox.js'
import { assignees, learn, memberName, nameOf } from './people.js'
import { go, view } from './route.js'
import { isAdmin, isDriver, myID, session } from './session.js'
import { toast } from './shell.js'
import { bothTimes, t, word } from './text.js'
import { Thread, say as sayChange } from './thread.js'
import { numberOf, pathOf, put, putThread, threadOf, ticketOf } from './tickets.js'

export class TicketView {
  pane = 'detail'

  constructor(key) {
    this.key = key
    this.isFleet = key.includes('/')
    this.fault = fault()
    this.heading = heading(t('ticketNumber', { number: numberOf(key) }))
    this.viewers = el('p', { class: 'quiet', role: 'status' })
    this.news = el('p', { class: 'news', role: 'status' })
    this.tags = el('p', { class: 'tags' })
    this.text = el('p', { class: 'prose' })
    this.facts = el('dl')
    this.answerTitle = el('h2', null, t('answer'))
    this.answer = el('p', { class: 'prose' })
    this.conflicts = el('div')
    this.waiting = el('ul', { class: 'entries', 'aria-label': t('waitingTitle') })
    this.commands = el('ul', { class: 'entries', 'aria-label': t('commands') })
    this.thread = new Thread(this)
    this.makeWork()
    this.makeRating()
    this.makeDescription()
    this.remove = button(t('deleteTicket'), () => this.delete(), { class: 'danger', hidden: true })
    this.body = el('div', { hidden: true, class: 'ticket-body' },
      this.conflicts, this.waiting,
      card(this.tags, this.text, this.describe, this.facts),
      card(this.answerTitle, this.answer, this.rate, this.work, this.commands),
      ...this.thread.parts, row(this.remove, button(t('print'), () => print(), { class: 'tool' })))
    this.element = el('div', null, link('#/tickets', t('backToTickets'), { class: 'button back', 'data-key': 'back' }),
      this.heading, this.viewers, this.news, this.fault, this.body)
    this.off = [
      on('ticket', (event) => event.key === key && this.hear(event)),
      on('viewers', (event) => this.showViewers(event)),
      on('live', (isLive) => isLive && this.look()),
      on('missed', () => this.refreshSoon()),
      on('queue', () => this.showWaiting()),
      on('sent', (entry) => entry.key === key && this.refreshSoon()),
      on('command', () => this.isFleet && this.refreshSoon()),
      on('names', () => this.ticket && this.show(this.ticket)),
    ]
    // What the driver has received by now is announced to nobody.
    this.timer = setInterval(() => !document.hidden && !isDriver() && station.reachable && this.refreshSoon(), 20000)
    this.look()
  }

  close() {
    for (const off of this.off) off()
    clearInterval(this.timer)
    clearTimeout(this.soon)
    if (!isDriver() && !this.isFleet) say('ticket:leave', {})
  }

  // MARK: Parts

  makeWork() {
    this.statusButtons = statuses.map((status) =>
      button(word(status), () => this.patch({ status }, t('statusIs', { status: word(status) })),
        { 'data-key': 'status ' + status }))
    this.priority = el('select', {
      onchange: () => this.patch({ priority: this.priority.value }, t('priorityChanged')),
    }, ...options(priorities.map((value) => [value, word(value)])))
    this.assignee = el('select', {
      onchange: () => this.assign(this.assignee.value ? Number(this.assignee.value) : null),
    })
    this.take = button(t('assignToMe'), () => this.assign(myID()), { class: 'primary' })
    this.answerArea = textarea('answer ' + this.key)
    this.answerArea.addEventListener('input', () => {
      // What the answer was when its author began to change it.
      if (!hasDraft('seen ' + this.key)) setDraft('seen ' + this.key, this.ticket.response ?? '')
    })
    this.canned = cannedAnswers((text) => this.insert(text))
    this.shut = button(t('saveAndClose'), () => this.saveAnswer('closed'))
    const form = el('form', { onsubmit: submit(() => this.saveAnswer()) },
      ...field(t('answerToDriver'), this.answerArea), this.canned, row(primary(t('saveAnswer')), this.shut))
    this.work = el('div', { hidden: true }, row(this.take), form,
      el('fieldset', null, el('legend', null, word('status')), el('div', { class: 'choice' }, ...this.statusButtons)),
      el('div', { class: 'two' }, el('div', null, ...field(word('priority'), this.priority)),
        this.isFleet ? null : el('div', null, ...field(word('assignee_id'), this.assignee))))
  }

  makeRating() {
    this.stars = [1, 2, 3, 4, 5].map((rating) =>
      button(String(rating), () => this.patch({ rating }, t('thanksForRating'), '/rating'), {
        'aria-label': t('ratingOf', { rating }), 'data-key': 'rating ' + rating,
      }))
    this.rate = el('fieldset', { hidden: true }, el('legend', null, t('howWasHelp')),
      el('div', { class: 'choice' }, ...this.stars))
  }

  makeDescription() {
    const key = 'description ' + this.key
    const area = textarea(key, { required: true })
    this.describe = el('details', {
      hidden: true,
      ontoggle: () => {
        if (!hasDraft(key)) area.value = this.ticket.description
      },
    }, el('summary', { class: 'button' }, t('changeDescription')), el('form', {
      onsubmit: submit(async () => {
        if (!await this.patch({ description: area.value }, t('descriptionChanged'))) return
        dropDraft(key)
        this.describe.open = false
      }),
    }, ...field(word('description'), area), row(primary(t('save')))))
  }

  // MARK: Changes

  insert(text) {
    const area = this.answerArea
    const before = area.value.slice(0, area.selectionStart)
    const gap = before && !/\s$/.test(before) ? '\n' : ''
    area.setRangeText(gap + text, area.selectionStart, area.selectionEnd, 'end')
    area.dispatchEvent(new Event('input'))
    area.focus()
  }

  assign(id) {
    return this.patch({ assignee_id: id }, id ? t('nowAssigned', { name: nameOf(id) }) : t('noLongerAssigned'))
  }

  saveAnswer(status) {
    const response = this.answerArea.value.trim() || null
    const seen = hasDraft('seen ' + this.key) ? draft('seen ' + this.key) || null : this.ticket.response
    const body = {}
    if (response !== this.ticket.response) body.response = response
    if (status && status !== this.ticket.status) body.status = status
    if (!Object.keys(body).length) return toast(t('nothingToSave'))
    return this.patch(body, status ? t('ticketClosed') : t('answerSaved'), '', { response: seen })
  }

  /** Sends a change of the ticket as its author saw it. Whether it was made at once, or waits. */
  async patch(body, message, path = '', seen = {}) {
    let isDone = false
    await attempt(this.body, this.fault, async () => {
      const before = Object.fromEntries(Object.keys(body).map((name) => [name, seen[name] ?? this.ticket[name] ?? null]))
      if ('response' in seen) before.response = seen.response
      const isOld = 'response' in body && before.response !== this.ticket.response
      const answer = await send({
        what: 'answer', method: 'PATCH', path: pathOf(this.key) + path, key: this.key, body, seen: before,
        // An answer that was begun before somebody else's is not sent over it.
        tag: isOld ? '"seen"' : this.tag ?? '"unknown"',
      })
      if (waitingFor(this.key).some((entry) => entry.conflict)) return this.showWaiting()
      if ('response' in body) this.forgetAnswer()
      isDone = true
      if (!answer) return toast(t('waitsForLine'))
      this.adopt(answer, message)
    })
    // Shows the station's value again if the change failed.
    if (this.ticket) this.show(this.ticket)
    return isDone
  }

  adopt(answer, message) {
    if (answer.data.command_id) {
      toast(t('commandWaits', { station: memberName(this.key.split('/')[0]) }))
      return this.refreshSoon()
    }
    this.update(answer)
    tell('ticket', { key: this.key, ticket: answer.data, change: 'updated', by: { user_id: myID() }, own: true })
    toast(message)
  }

  forgetAnswer() {
    dropDraft('answer ' + this.key)
    dropDraft('seen ' + this.key)
  }

  async delete() {
    const isSure = await ask(t('deleteTicket'), quiet(t('deleteText', { number: numberOf(this.key) })),
      { yes: t('deleteTicket'), no: t('cancel'), danger: true })
    if (!isSure) return
    await attempt(this.body, this.fault, async () => {
      const { data } = await api('DELETE', pathOf(this.key), undefined, this.tag ? { 'If-Match': this.tag } : {})
        .catch(async (error) => {
          if (error.status === 412) await this.load()
          throw error.status === 412 ? new Failure(412, t('changedMeanwhile')) : error
        })
      if (data.command_id) return this.adopt({ data })
      tell('ticket', { key: this.key, change: 'deleted' })
      toast(t('ticketDeleted', { number: numberOf(this.key) }))
      if (view === this) go('#/tickets')
    })
  }

  // MARK: News

  /** Tells the station, and so the others, that this ticket is on the screen. */
  look() {
    if (!isDriver() && !this.isFleet && live()) say('ticket:view', { support_id: Number(this.key) })
  }

  showViewers({ support_id: id, viewers }) {
    if (String(id) !== this.key) return
    for (const each of viewers) learn(each)
    const others = viewers.filter((each) => each.user_id !== myID()).map((each) => each.username)
    setText(this.viewers, others.length ? t('alsoLooking', { names: others.join(', '), count: others.length }) : '')
  }

  hear({ ticket, change, changes, by, own, told }) {
    if (own) return
    if (change === 'deleted') return this.end(by)
    if (ticket) {
      this.tag = null
      this.show(ticketOf(this.key))
    }
    if (by && by.user_id !== myID() && !told) {
      const said = (changes ?? []).map(sayChange)
      if (change === 'commented') said.push(t('newComment'))
      if (said.length) setText(this.news, `${by.username ?? t('operator')}: ${said.join(' · ')}`)
    }
    readTicket(this.key)
    this.refreshSoon()
  }

  end(by) {
    this.body.hidden = true
    this.fault.textContent = t('deletedBy', { name: by?.username ?? t('somebody') })
  }

  refreshSoon() {
    clearTimeout(this.soon)
    this.soon = setTimeout(() => view === this && session && this.refresh(), 150)
  }

  async refresh() {
    // What is known is shown at once, and renewed when the station has answered.
    if (!this.ticket && ticketOf(this.key)) {
      this.show(ticketOf(this.key))
      const known = threadOf(this.key)
      if (known) this.thread.show(known)
    }
    try {
      await this.load()
      if (this.isStale) this.fault.textContent = ''
      this.isStale = false
    } catch (error) {
      if (view !== this || !session || (this.ticket && error.passes)) return
      this.isStale = true
      this.fault.textContent = error.message
    }
  }

  async load() {
    const path = pathOf(this.key)
    try {
      const [ticket, comments, history, receipts, commands] = await Promise.all([
        api('GET', path), api('GET', path + '/comments'), api('GET', path + '/history'),
        isDriver() || this.isFleet ? null : api('GET', path + '/receipts').catch(() => null),
        this.isFleet ? api('GET', `/stations/${this.key.split('/')[0]}/commands`).catch(() => null) : null,
      ])
      for (const entry of [...comments.data, ...history.data]) learn(entry)
      const thread = { comments: comments.data, history: history.data, receipts: receipts?.data }
      put(ticket.data)
      putThread(this.key, thread)
      if (view !== this) return
      this.update(ticket)
      this.thread.show(thread)
      this.showCommands(commands?.data)
      readTicket(this.key)
    } catch (error) {
      if (error.status !== 404) throw error
      this.body.hidden = true
      throw new Failure(404, t('ticketNotFound', { number: numberOf(this.key) }))
    }
  }

  update({ data, fields }) {
    this.tag = fields.get('ETag')
    this.show(data)
  }

  // MARK: Showing

  show(ticket) {
    const { role, station_id: workplace } = session.user
    this.ticket = ticket
    const works = role === 'admin' || (role === 'station_staff' && workplace && ticket.station_id === workplace)
    const isClosed = ticket.status === 'closed'
    fill(this.tags, [ticket.status, ticket.priority, ticket.type, ticket.escalated_at], () => [
      el('strong', null, word(ticket.status)),
      el('span', { class: 'tag', 'data-priority': ticket.priority }, t('priorityIs', { priority: word(ticket.priority) })),
      el('span', { class: 'quiet' }, word(ticket.type)),
      ticket.escalated_at && !isClosed ? el('strong', { class: 'tag', 'data-priority': 'urgent' }, t('escalated')) : null,
    ])
    setText(this.text, ticket.description)
    this.showFacts(ticket)
    setText(this.answer, ticket.response ?? t('noAnswer'))
    this.answer.classList.toggle('quiet', !ticket.response)
    this.answer.hidden = works
    this.describe.hidden = role !== 'driver' || ticket.status !== 'open'
    this.rate.hidden = role !== 'driver' || !isClosed
    this.stars.forEach((star, index) => star.setAttribute('aria-pressed', String(ticket.rating === index + 1)))
    this.work.hidden = !works
    if (!hasDraft('answer ' + this.key) && this.answerArea.value !== (ticket.response ?? '')) {
      this.answerArea.value = ticket.response ?? ''
    }
    this.statusButtons.forEach((each, index) =>
      each.setAttribute('aria-pressed', String(ticket.status === statuses[index])))
    this.priority.value = ticket.priority
    this.showAssignees(ticket)
    this.take.parentElement.hidden = this.isFleet || ticket.assignee_id === myID() || isClosed
    this.shut.hidden = isClosed
    this.remove.hidden = !isAdmin()
    this.body.hidden = false
    this.showWaiting()
  }

  showAssignees(ticket) {
    const people = assignees(ticket.station_id).map((each) => [each.user_id, each.username])
    const id = ticket.assignee_id
    if (id && !people.some(([each]) => each === id)) people.push([id, nameOf(id)])
    fill(this.assignee, people, () => options([['', t('nobody')], ...people]))
    this.assignee.value = id ?? ''
  }

  showFacts(ticket) {
    const { user, station: place } = ticket
    const isMine = user?.user_id === myID() && !this.isFleet
    const facts = [
      [t('from'), !isMine && user && [user.username, user.phone, user.email], ([name, phone, mail]) => [name, ' ',
        phone && link('tel:' + phone.replace(/[^+\d]/g, ''), phone, { 'data-key': 'phone' }), ' ',
        mail && link('mailto:' + encodeURIComponent(mail), mail, { 'data-key': 'mail' })]],
      [t('member'), this.isFleet && memberName(this.key.split('/')[0])],
      [word('station_id'), place ? [place.name, place.address].filter(Boolean).join(', ') : t('noStation')],
      [word('created'), ticket.created_at, bothTimes],
      [t('changed'), ticket.updated_at !== ticket.created_at && ticket.updated_at, bothTimes],
      [word('closed'), ticket.closed_at, bothTimes],
      [word('assignee_id'), this.isFleet ? null : ticket.assignee_id ? nameOf(ticket.assignee_id) : t('nobody')],
      [word('rating'), ticket.rating && t('ratingOf', { rating: ticket.rating })],
    ].filter(([, value]) => value)
    fill(this.facts, facts.map(([name, value]) => [name, value]), () =>
      facts.flatMap(([name, value, make]) => [el('dt', null, name), el('dd', null, make ? make(value) : value)]))
  }

  showWaiting() {
    if (!this.ticket) return
    const entries = waitingFor(this.key)
    const conflict = entries.find((entry) => entry.conflict)
    fill(this.conflicts, conflict ?? null, () => (conflict ? [conflictPanel(this, conflict)] : []))
    const plain = entries.filter((entry) => !entry.conflict)
    fill(this.waiting, plain.map((entry) => [entry.id, entry.fault]), () => plain.map((entry) =>
      el('li', { class: 'internal' }, el('strong', null, entry.fault ? t('notSent') : t('waiting')), ' · ',
        entry.body.body ?? Object.entries(entry.body).map(([name, to]) => sayChange({ field: name, to })).join(' · '),
        entry.fault ? quiet(entry.fault, ' ', link('#/waiting', t('showThem'))) : null)))
    this.waiting.hidden = !plain.length
  }

  showCommands(commands) {
    const mine = (commands ?? []).filter((each) => String(each.data.support_id) === this.key.split('/')[1]).slice(0, 10)
    this.commands.hidden = !mine.length
    fill(this.commands, mine, () => mine.map((each) => el('li', null, quiet(bothTimes(each.at)),
      `${word(each.type)}: `, el('strong', null, word('c_' + each.status)), each.message ? ` · ${each.message}` : '')))
  }
}
