// The console: the desk for people, over the same REST interface and WebSocket that every other client uses.
// User input becomes text nodes and attributes set by name, never markup.

const words = {
  open: 'Open', in_progress: 'In progress', closed: 'Closed', active: 'Active', all: 'All',
  low: 'Low', medium: 'Medium', high: 'High', urgent: 'Urgent',
  battery_issue: 'Battery', station_issue: 'Station', other: 'Other',
  driver: 'Driver', station_staff: 'Station staff', admin: 'Administrator',
  response: 'Answer', description: 'Description', status: 'Status', priority: 'Priority', type: 'Subject',
  rating: 'Rating', station_id: 'Station', assignee_id: 'Assigned to', created: 'Filed',
}
const statuses = ['open', 'in_progress', 'closed']
const priorities = ['urgent', 'high', 'medium', 'low']
const types = ['battery_issue', 'station_issue', 'other']

// MARK: Elements

const byID = (id) => document.getElementById(id)

function el(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value != null) element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child != null))
  return element
}

/** Replaces a region's content; the focus stays on the element with the same key. */
function refill(region, ...children) {
  const active = document.activeElement
  const key = region.contains(active) ? active.dataset.key : undefined
  region.replaceChildren(...children.filter((child) => child != null))
  if (key) for (const next of region.querySelectorAll('[data-key]')) if (next.dataset.key === key) next.focus()
}

const row = (...children) => el('div', { class: 'row' }, ...children)
const card = (...children) => el('div', { class: 'card' }, ...children)
const quiet = (...children) => el('p', { class: 'quiet' }, ...children)
const title = (text) => el('h2', { tabindex: -1 }, text)
const primary = (text) => el('button', { class: 'primary' }, text)
const button = (text, onclick, attributes) => el('button', { type: 'button', onclick, ...attributes }, text)

const options = (values, selected) =>
  values.map(([value, text]) => el('option', { value, selected: value === selected }, text))

function field(text, control) {
  const id = 'field-' + ++field.count
  control.id = id
  return [el('label', { for: id }, text), control]
}
field.count = 0

/** A form's listener: the browser itself never submits the form. */
const submit = (work) => (event) => {
  event.preventDefault()
  return work()
}

/** Runs work that the user asked for: one at a time in each region, with its fault shown there. */
async function attempt(region, fault, work) {
  if (region.getAttribute('aria-busy') === 'true') return
  region.setAttribute('aria-busy', 'true')
  fault.textContent = ''
  try {
    await work()
  } catch (error) {
    fault.textContent = error.message
    fault.scrollIntoView({ block: 'center' })
  } finally {
    region.removeAttribute('aria-busy')
  }
}

function toast(text) {
  clearTimeout(toast.timer)
  byID('toast').textContent = text
  toast.timer = setTimeout(() => (byID('toast').textContent = ''), 6000)
}

// Ages use the station's clock: the phone's may be wrong.
let clockSkew = 0

function age(date) {
  const seconds = Math.max(0, (Date.now() + clockSkew - date) / 1000)
  if (seconds < 60) return 'now'
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min'
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h'
  return Math.floor(seconds / 86400) + ' d'
}

const shortMoment = new Intl.DateTimeFormat(undefined, {
  month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit',
})
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

function time(text) {
  const date = new Date(text)
  return el('time', { datetime: text, title: moment.format(date) }, age(date))
}

const bothTimes = (text) => el('span', null, time(text), `, ${moment.format(new Date(text))}`)

setInterval(() => {
  for (const each of document.querySelectorAll('time')) each.textContent = age(new Date(each.dateTime))
}, 20000)

// MARK: The session

const storageKey = 'station-desk-session'
let session = null

/** Returns null if the browser forbids storage; the session then ends with the page. */
function storage(work) {
  try {
    return work()
  } catch {
    return null
  }
}

function keep(answer, stay) {
  session = {
    token: answer.access_token, user: answer.user, stay,
    renewAt: Date.now() + answer.expires_in * 500,
  }
  storage(() => (stay ? localStorage : sessionStorage).setItem(storageKey, JSON.stringify(session)))
}

function forget() {
  session = null
  storage(() => sessionStorage.removeItem(storageKey))
  storage(() => localStorage.removeItem(storageKey))
}

function resume() {
  const text = storage(() => sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey))
  session = text ? storage(() => JSON.parse(text)) : null
}

/** Renews the token after half of its lifetime. */
async function renew() {
  if (!session || Date.now() < session.renewAt) return
  const { stay } = session
  await api('POST', '/auth/refresh').then(({ data }) => {
    keep(data, stay)
    // The live connection would end with the old token.
    if (socket?.readyState === WebSocket.OPEN) say('auth:refresh', { token: session.token })
  }, () => {})
}

function signOut(reason) {
  disconnect()
  forget()
  view = null
  drafts.clear()
  names.clear()
  list.groups = null
  away.forget()
  byID('menu').open = false
  byID('detail').replaceChildren()
  byID('tickets').replaceChildren()
  byID('toast').textContent = ''
  document.title = 'Station desk'
  history.replaceState(null, '', '/')
  byID('desk').hidden = true
  byID('login').hidden = false
  byID('login-fault').textContent = reason ?? ''
  byID('email').focus()
}

async function signIn() {
  const body = { email: byID('email').value.trim(), password: byID('password').value }
  const { data } = await api('POST', '/auth/login', body)
  byID('password').value = ''
  keep(data, byID('stay').checked)
  enter()
}

byID('login-form').addEventListener('submit', submit(() =>
  attempt(byID('login-form'), byID('login-fault'), signIn)))

byID('sign-out').addEventListener('click', () => {
  // The token ends even if somebody has copied it. Without a line it ends by its time.
  api('POST', '/auth/logout').catch(() => {})
  signOut()
})

addEventListener('storage', (event) => {
  if (event.key === storageKey && !event.newValue && session?.stay) signOut('Signed out in another window.')
})

function enter() {
  const { user } = session
  names.set(user.user_id, user.username)
  byID('login').hidden = true
  byID('desk').hidden = false
  byID('who').textContent = user.username
  byID('role').textContent = words[user.role] ?? user.role
  byID('mine-label').hidden = user.role === 'driver'
  byID('list-title').textContent = user.role === 'driver' ? 'My tickets' : 'Tickets'
  connect()
  list.refresh()
  api('GET', '/stations').then(({ data }) => {
    stations = data
    if (view instanceof NewTicketView) navigate()
  }, () => {})
  navigate()
}

// MARK: Requests

class Failure extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Returns `{data, fields}`; throws a Failure whose message is for the user. */
async function api(method, path, body, fields = {}) {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), 30000)
  const headers = { ...fields }
  if (session) headers.Authorization = 'Bearer ' + session.token
  if (body) headers['Content-Type'] = 'application/json'
  let response, data
  try {
    response = await fetch('/api/v1' + path, {
      method, headers, body: body && JSON.stringify(body), signal: abort.signal, cache: 'no-store',
    })
    data = await response.json().catch(() => null)
  } catch {
    throw new Failure(0, 'The station cannot be reached. Try again.')
  } finally {
    clearTimeout(timer)
  }
  const date = Date.parse(response.headers.get('Date'))
  if (!Number.isNaN(date)) clockSkew = date - Date.now()
  if (response.ok) return { data, fields: response.headers }
  if (response.status === 401 && headers.Authorization === 'Bearer ' + session?.token && path !== '/auth/password') {
    signOut('Your session has ended. Please sign in again.')
  }
  const message = [data?.message ?? `The station answered ${response.status}`].flat().join('. ')
  const wait = response.headers.get('Retry-After')
  throw new Failure(response.status, wait ? `${message}, wait ${wait} s` : message)
}

let stations = []
const names = new Map()

function nameOf(id) {
  if (id === session.user.user_id) return 'you'
  return names.get(id) ?? `user ${id}`
}

/** Names come with tickets, comments and history; only an administrator may request the others. */
async function learnNames(tickets) {
  for (const ticket of tickets) if (ticket.user) names.set(ticket.user_id, ticket.user.username)
  if (session.user.role !== 'admin') return
  const unknown = new Set(tickets.map((ticket) => ticket.assignee_id).filter((id) => id && !names.has(id)))
  for (const id of unknown) {
    await api('GET', '/users/' + id).then(({ data }) => names.set(id, data.username), () => {})
  }
}

const stationName = (id) => stations.find((station) => station.station_id === id)?.name ?? `station ${id}`

// MARK: The live connection

let socket = null
let tries = 0
let reconnecting, beating, waiting

function connect() {
  disconnect()
  const current = new WebSocket(location.origin.replace(/^http/, 'ws') + '/notifications')
  socket = current
  showLive(false)
  expectAnswer(current)
  current.onopen = () => say('auth', { token: session.token })
  current.onmessage = (message) => {
    const { event, data } = storage(() => JSON.parse(message.data)) ?? {}
    clearTimeout(waiting)
    if (event === 'connected') {
      tries = 0
      away.begin()
      showLive(true)
      refreshAll()
      // A page does not see the protocol's pings, so it sends a request that must be answered.
      beating = setInterval(() => {
        expectAnswer(current)
        say('notifications:list', { limit: 1, unread: true })
      }, 25000)
    } else if (event === 'support:ticket:changed') {
      refreshAll()
    } else if (event?.startsWith('support:ticket:')) {
      announce(event, data)
    } else if (event === 'notifications:digest') {
      away.expect(data)
    } else if (event === 'notifications:gap') {
      away.miss(data)
    } else if (event === 'notifications:changed' || event === 'notifications:read') {
      if (data.error) return toast([data.error.message].flat().join('. '))
      showUnread(data.unread)
      if (!data.unread) away.dismiss()
      view?.refresh?.()
    }
  }
  current.onclose = (event) => {
    if (socket !== current) return
    drop()
    // 1008: the station does not accept the token; a request shows whether the session has ended.
    if (event.code === 1008) api('GET', '/auth/me').catch(() => {})
  }
}

const say = (event, data) => socket.send(JSON.stringify({ event, data }))

function expectAnswer(current) {
  clearTimeout(waiting)
  waiting = setTimeout(() => socket === current && drop(), 10000)
}

function disconnect() {
  for (const timer of [reconnecting, waiting]) clearTimeout(timer)
  clearInterval(beating)
  const old = socket
  socket = null
  if (old) old.onopen = old.onmessage = old.onclose = null
  old?.close()
}

/** Closes this connection and plans the next: after 1, 2, 4 … 30 seconds, less a random part of up to half. */
function drop() {
  disconnect()
  const delay = Math.min(30000, 1000 * 2 ** tries++) * (1 - Math.random() / 2)
  showLive(false)
  reconnecting = setTimeout(connect, delay)
}

let liveSince = null

function showLive(isLive) {
  const live = byID('live')
  if (isLive) liveSince = null
  else liveSince ??= new Date()
  live.dataset.state = isLive ? 'live' : 'waiting'
  live.textContent = isLive ? 'Live' : tries ? 'Reconnecting' : 'Connecting'
  byID('stale').hidden = isLive || tries < 2
  if (liveSince) {
    const since = liveSince.toLocaleTimeString([], { timeStyle: 'short' })
    byID('stale-text').textContent = `No live connection since ${since}. The page may be out of date.`
  }
}

/** Refreshes at once: a hidden page may have been throttled or its connection cut. */
function wake() {
  if (!session || document.hidden) return
  renew()
  refreshAll()
  if (byID('live').dataset.state !== 'live') connect()
}
document.addEventListener('visibilitychange', wake)

/** Disconnects a page that goes to sleep, as its browser's pongs would count notifications as seen. */
function rest() {
  if (!session) return
  disconnect()
  showLive(false)
}
document.addEventListener('freeze', rest)
addEventListener('pagehide', rest)
addEventListener('online', wake)
addEventListener('offline', () => session && socket && drop())
byID('retry').addEventListener('click', wake)
// The station notifies technicians of new tickets, but not of changes to them, so the page polls.
setInterval(() => !document.hidden && session && view?.refresh?.(), 15000)
setInterval(wake, 60000)

function announce(event, notification) {
  refreshAll()
  if (away.note(notification)) return
  const number = '#' + notification.data.support_id
  const urgency = event === 'support:ticket:created' ? ` (${words[notification.priority]})` : ''
  // A central server also announces its members' tickets; each member numbers its own.
  const fleet = notification.data.fleet_station_id
  const message = notification.message.includes(number) ? notification.message : `${notification.message}: ${number}`
  toast((fleet ? `Station ${fleet}: ` : '') + message + urgency)
}

let refreshing = null
let refreshedAt = 0

/** Refreshes everything shown, soon, and at most every two seconds. */
function refreshAll() {
  refreshing ??= setTimeout(() => {
    refreshing = null
    refreshedAt = Date.now()
    if (!session) return
    list.refresh()
    countUnread()
    view?.refresh?.()
  }, Math.max(100, refreshedAt + 2000 - Date.now()))
}

let unreadRun = 0

/** A count that the live connection brings meanwhile is newer than the answer. */
async function countUnread() {
  const run = ++unreadRun
  const { data } = await api('GET', '/notifications/unread-count').catch(() => ({}))
  if (data && session && run === unreadRun) showUnread(data.count)
}

function showUnread(count) {
  unreadRun++
  byID('unread').hidden = count === 0
  byID('unread').textContent = count
  byID('bell').setAttribute('aria-label', `Alerts, ${count} unread`)
  document.title = (count ? `(${count}) ` : '') + 'Station desk'
}

async function markRead(id) {
  if (byID('live').dataset.state === 'live') return say('notifications:read', { ids: [id] })
  await api('PATCH', '/notifications/' + encodeURIComponent(id), { read: true }).then(refreshAll, () => {})
}

async function markAllRead() {
  const { data } = await api('POST', '/notifications/read-all')
  showUnread(data.count)
  away.dismiss()
  await view?.refresh?.()
}

// MARK: While you were away

/** Sums up the missed notifications in one line. Ids rise, so a repeated notification is known by its number. */
const away = {
  none: () => ({ count: 0, urgent: 0 }),

  forget() {
    this.epoch = null
    this.latest = 0
    this.ids = new Set()
    byID('gap').hidden = true
    list.showOnly(null)
    this.dismiss()
  },

  /** Also hides what this connection has yet to replay. */
  dismiss() {
    this.isDismissed = true
    this.came = this.none()
    this.ahead = this.none()
    this.since = null
    this.show()
  },

  /** A new connection replays whatever the previous one had yet to bring. */
  begin() {
    this.isDismissed = false
    this.ahead = this.none()
  },

  /** A digest: this many notifications will follow. */
  expect({ count, by_priority: priority, oldest }) {
    this.ahead = { count, urgent: priority.urgent }
    this.since ??= oldest
    this.show()
  },

  /** A gap: this many notifications will not come. */
  miss({ count, query }) {
    const kept = count === 1 ? 'older notification is' : 'older notifications are'
    byID('gap-text').textContent = `${count.toLocaleString()} ${kept} no longer kept.`
    byID('gap-show').onclick = () => {
      const filter = new URL(query, location.origin).searchParams
      list.showOnly(filter, 'Tickets whose notifications are no longer kept.', 'all')
    }
    byID('gap').hidden = false
    this.show()
  },

  /** Returns whether to show no toast: the page or its user missed the notification, or it is a repeat. */
  note({ id, replayed, priority, timestamp }) {
    const dash = id.lastIndexOf('-')
    const [epoch, sequence] = [id.slice(0, dash), Number(id.slice(dash + 1))]
    if (replayed && this.ahead.count) this.add(this.ahead, priority, -1)
    if (!replayed) this.ahead = this.none()
    this.timer ??= setTimeout(() => this.show(), 300)
    if (epoch === this.epoch && sequence <= this.latest) return true
    this.epoch = epoch
    this.latest = sequence
    if (!replayed && !document.hidden) return false
    this.ids.add(id)
    // No more ids are needed than the alerts list can show.
    if (this.ids.size > alertCount) this.ids.delete(this.ids.values().next().value)
    if (this.isDismissed) return true
    this.add(this.came, priority, 1)
    this.since ??= timestamp
    return true
  },

  add(sum, priority, count) {
    sum.count += count
    if (priority === 'urgent') sum.urgent += count
  },

  show() {
    clearTimeout(this.timer)
    this.timer = null
    const count = this.came.count + this.ahead.count
    const urgent = this.came.urgent + this.ahead.urgent
    const parts = [count === 1 ? '1 notification' : count.toLocaleString() + ' notifications']
    if (urgent) parts.push(urgent.toLocaleString() + ' urgent')
    if (this.since) parts.push('since ' + shortMoment.format(new Date(this.since)))
    const text = count ? 'While you were away: ' + parts.join(', ') : ''
    if (byID('away-text').textContent !== text) byID('away-text').textContent = text
    byID('away-urgent').hidden = !urgent
    byID('away-all').hidden = !count
    byID('away').hidden = !count && byID('gap').hidden
  },
}

byID('away-all').addEventListener('click', () => attempt(byID('away'), byID('away-fault'), markAllRead))
byID('away-urgent').addEventListener('click', () => {
  list.showOnly(new URLSearchParams({ priority: 'urgent' }), 'Urgent tickets.', 'active')
})
byID('away-hide').addEventListener('click', () => {
  byID('gap').hidden = true
  away.dismiss()
})

// MARK: The list

const list = {
  run: 0,
  choice: 'active',
  limits: {},

  choices: {
    active: ['open', 'in_progress'], open: ['open'], in_progress: ['in_progress'], closed: ['closed'], all: statuses,
  },

  /** Shows only what a query finds; with null, every ticket again. */
  showOnly(query, text, choice) {
    this.only = query
    byID('only').hidden = !query
    byID('only-text').textContent = text ?? ''
    if (!query) return
    byID('search').value = ''
    byID('mine').checked = false
    location.hash = '#/'
    this.choose(choice)
  },

  choose(choice) {
    this.choice = choice
    this.limits = {}
    this.showChoices()
    this.refresh()
  },

  showChoices(counts) {
    this.counts = counts ?? this.counts
    const shown = Object.entries(this.choices).map(([choice, members]) => {
      const count = this.counts && members.reduce((sum, status) => sum + this.counts[status], 0)
      return button(count == null ? words[choice] : `${words[choice]} ${count}`, () => this.choose(choice), {
        'aria-pressed': String(choice === this.choice), 'data-key': choice,
      })
    })
    refill(byID('statuses'), ...shown)
  },

  /** Old urgent tickets belong at the top too, so the unclosed ones are fetched together, not page by page. */
  limit(status) {
    return this.limits[status] ?? (status === 'closed' ? 50 : 200)
  },

  async refresh() {
    const run = ++this.run
    const filter = new URLSearchParams()
    const search = byID('search').value.trim()
    if (search) filter.set('q', search)
    if (byID('mine').checked) filter.set('assignee_id', session.user.user_id)
    for (const [name, value] of this.only ?? []) filter.set(name, value)
    const wanted = this.choices[this.choice]
    try {
      const [counts, ...groups] = await Promise.all([
        api('GET', '/support/statistics'),
        ...wanted.map((status) => {
          filter.set('status', status)
          filter.set('limit', this.limit(status))
          return api('GET', '/support?' + filter)
        }),
      ])
      if (run !== this.run || !session) return
      await learnNames(groups.flatMap((group) => group.data))
      if (run !== this.run || !session) return
      byID('list-fault').textContent = ''
      this.showChoices(counts.data.byStatus)
      this.show(wanted.map((status, index) => ({
        status, tickets: groups[index].data, total: Number(groups[index].fields.get('X-Total-Count')),
      })))
    } catch (error) {
      if (run === this.run && session) byID('list-fault').textContent = error.message
    }
  },

  show(groups) {
    this.groups = groups
    const shown = groups.filter((group) => group.total > 0).flatMap(({ status, tickets, total }) => {
      if (status !== 'closed') {
        tickets.sort((a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority))
      }
      const limit = this.limit(status)
      // A page that ended before its limit has as many bytes as a page may have.
      const hasMore = tickets.length === limit && limit < total && limit < 1000
      return [
        el('h2', { class: 'group' }, `${words[status]} (${total})`),
        el('ul', { class: 'tickets' }, ...tickets.map((ticket) => el('li', null, this.item(ticket)))),
        hasMore ? button('Show more', () => {
          this.limits[status] = Math.min(1000, limit + 200)
          this.refresh()
        }, { class: 'more', 'data-key': 'more ' + status }) : null,
        !hasMore && tickets.length < total ? quiet('Search to find older tickets.') : null,
      ]
    })
    if (!shown.length) shown.push(quiet('No tickets here.'))
    refill(byID('tickets'), ...shown)
  },

  item(ticket) {
    const isDriver = session.user.role === 'driver'
    const about = [isDriver ? null : ticket.user?.username, ticket.station?.name ?? 'No station']
    if (ticket.assignee_id) about.push('assigned to ' + nameOf(ticket.assignee_id))
    return el('a', {
      class: 'ticket', href: '#/ticket/' + ticket.support_id, 'data-priority': ticket.priority,
      'data-key': 'ticket ' + ticket.support_id,
      'aria-current': view?.ticketID === ticket.support_id ? 'true' : null,
    },
    el('span', { class: 'line' },
      el('span', { class: 'tag', 'data-priority': ticket.priority }, words[ticket.priority]),
      el('span', null, '#' + ticket.support_id), el('span', null, words[ticket.type]), time(ticket.created_at)),
    el('span', { class: 'text' }, ticket.description),
    el('span', { class: 'line' }, about.filter(Boolean).join(', ')))
  },
}

byID('only-end').addEventListener('click', () => {
  list.showOnly(null)
  list.choose('active')
})
byID('filter').addEventListener('submit', submit(() => list.refresh()))
byID('mine').addEventListener('change', () => list.refresh())
byID('search').addEventListener('input', () => {
  clearTimeout(list.typing)
  list.typing = setTimeout(() => list.refresh(), 250)
})

// MARK: One ticket

/** Unsent text by field and ticket: it survives a look at another ticket. */
const drafts = new Map()

function textarea(key, attributes) {
  const area = el('textarea', {
    maxlength: 5000, ...attributes,
    oninput: () => drafts.set(key, area.value),
    onkeydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) area.form.requestSubmit()
    },
  })
  area.value = drafts.get(key) ?? ''
  return area
}

const fault = () => el('p', { class: 'fault', role: 'alert' })
const back = () => el('a', { class: 'button back', href: '#/' }, 'Back to tickets')

/** Forms and buttons are made once. Updates only change what they show, so that no typed text is lost. */
class TicketView {
  constructor(id) {
    this.ticketID = id
    this.fault = fault()
    this.heading = title('Ticket ' + id)
    this.tags = el('p', { class: 'tags' })
    this.text = el('p', { class: 'prose' })
    this.facts = el('dl')
    this.answerTitle = el('h3', null, 'Answer')
    this.answer = el('p', { class: 'prose' })
    this.comments = el('ol', { class: 'entries' })
    this.history = el('ol', { class: 'entries' })
    this.commentsTitle = el('h3', null, 'Comments')
    this.historyTitle = el('summary', { class: 'button' }, 'History')
    this.makeWork()
    this.makeRating()
    this.makeDescription()
    this.makeComment()
    this.remove = button('Delete ticket', () => this.delete(), { class: 'danger', hidden: true })
    this.body = el('div', { hidden: true },
      card(this.heading, this.tags, this.text, this.describe, this.facts),
      card(this.answerTitle, this.answer, this.rate, this.work),
      card(this.commentsTitle, this.comments, this.comment),
      card(el('details', null, this.historyTitle, this.history), row(this.remove)))
    byID('detail').replaceChildren(back(), this.fault, this.body)
  }

  makeWork() {
    this.statusButtons = statuses.map((status) =>
      button(words[status], () => this.patch('/status', { status }, `Status: ${words[status]}`)))
    this.priority = el('select', {
      onchange: () => this.patch('', { priority: this.priority.value }, 'Priority changed'),
    }, ...options(priorities.map((value) => [value, words[value]])))
    const me = () => session.user.user_id
    this.assign = button('Assign to me', () => this.patch('', { assignee_id: me() }, 'Assigned to you'))
    this.release = button('Unassign', () => this.patch('', { assignee_id: null }, 'No longer assigned'))
    this.answerArea = textarea(`answer ${this.ticketID}`)
    this.close = button('Save and close ticket', () => this.saveAnswer('closed'))
    const form = el('form', { onsubmit: submit(() => this.saveAnswer()) },
      ...field('Answer to the driver', this.answerArea),
      row(primary('Save answer'), this.close))
    this.work = el('div', { hidden: true }, form,
      el('fieldset', null, el('legend', null, 'Status'), el('div', { class: 'choice' }, ...this.statusButtons)),
      ...field('Priority', this.priority), row(this.assign, this.release))
  }

  makeRating() {
    this.stars = [1, 2, 3, 4, 5].map((rating) =>
      button(String(rating), () => this.patch('/rating', { rating }, 'Thank you for your rating'), {
        'aria-label': `${rating} of 5`,
      }))
    this.rate = el('fieldset', { hidden: true }, el('legend', null, 'How was the help? 1 is poor, 5 is very good'),
      el('div', { class: 'choice' }, ...this.stars))
  }

  makeDescription() {
    const key = `description ${this.ticketID}`
    const area = textarea(key, { required: true })
    this.describe = el('details', {
      hidden: true,
      ontoggle: () => {
        if (!drafts.has(key)) area.value = this.ticket.description
      },
    }, el('summary', { class: 'button' }, 'Change description'), el('form', {
      onsubmit: submit(async () => {
        if (!await this.patch('', { description: area.value }, 'Description changed')) return
        drafts.delete(key)
        this.describe.open = false
      }),
    }, ...field('Description', area), row(primary('Save'))))
  }

  makeComment() {
    const key = `comment ${this.ticketID}`
    const area = textarea(key, { required: true })
    const internal = el('input', { type: 'checkbox' })
    const isDriver = session.user.role === 'driver'
    this.comment = el('form', {
      onsubmit: submit(() => attempt(this.body, this.fault, async () => {
        const draft = { body: area.value, ...(isDriver ? {} : { internal: internal.checked }) }
        await api('POST', `/support/${this.ticketID}/comments`, draft)
        drafts.delete(key)
        area.value = ''
        internal.checked = false
        await this.load()
      })),
    }, ...field('New comment', area),
    el('label', { class: 'check', hidden: isDriver }, internal, 'Internal note, not shown to the driver'),
    row(el('button', null, 'Add comment')))
  }

  saveAnswer(status) {
    const response = this.answerArea.value.trim() || null
    const body = {}
    if (response !== this.ticket.response) body.response = response
    if (status && status !== this.ticket.status) body.status = status
    if (!Object.keys(body).length) return toast('Nothing to save')
    return this.patch('', body, status ? 'Ticket closed' : 'Answer saved')
  }

  /** Sends a change of the ticket as shown. If the ticket has changed meanwhile, shows it again instead. */
  async send(method, path, body) {
    try {
      return await api(method, `/support/${this.ticketID}${path}`, body, { 'If-Match': this.tag })
    } catch (error) {
      if (error.status !== 412) throw error
      await this.load()
      throw new Failure(412, 'Someone else just changed this ticket. Check the new version, then try again.')
    } finally {
      refreshAll()
    }
  }

  async patch(path, body, message) {
    let done = false
    await attempt(this.body, this.fault, async () => {
      const answer = await this.send('PATCH', path, body)
      if ('response' in body) drafts.delete(`answer ${this.ticketID}`)
      this.update(answer)
      toast(message)
      done = true
    })
    // Shows the station's value again if the change failed.
    if (this.ticket) this.priority.value = this.ticket.priority
    return done
  }

  async delete() {
    if (!confirm(`Permanently delete ticket ${this.ticketID}, comments and history? Its user is notified.`)) return
    await attempt(this.body, this.fault, async () => {
      await this.send('DELETE', '')
      toast(`Ticket ${this.ticketID} deleted`)
      if (view === this) location.hash = '#/'
    })
  }

  async refresh() {
    try {
      await this.load()
      if (this.isStale) this.fault.textContent = ''
      this.isStale = false
    } catch (error) {
      if (view !== this || !session) return
      this.isStale = true
      this.fault.textContent = error.message
    }
  }

  async load() {
    const path = '/support/' + this.ticketID
    try {
      const [ticket, comments, history] = await Promise.all([
        api('GET', path), api('GET', path + '/comments'), api('GET', path + '/history'),
      ])
      await learnNames([ticket.data])
      for (const entry of [...comments.data, ...history.data]) {
        if (entry.user_id && entry.username) names.set(entry.user_id, entry.username)
      }
      this.update(ticket)
      this.showThread(comments.data, history.data)
    } catch (error) {
      if (error.status !== 404) throw error
      this.body.hidden = true
      throw new Failure(404, `Ticket ${this.ticketID} not found: it was deleted, or you may not see it.`)
    }
  }

  update({ data: ticket, fields }) {
    const { role, station_id: workplace, user_id: me } = session.user
    this.ticket = ticket
    this.tag = fields.get('ETag')
    const works = role === 'admin' || (role === 'station_staff' && workplace && ticket.station_id === workplace)
    const isClosed = ticket.status === 'closed'
    refill(this.tags, el('strong', null, words[ticket.status]),
      el('span', { class: 'tag', 'data-priority': ticket.priority }, words[ticket.priority] + ' priority'),
      el('span', { class: 'quiet' }, words[ticket.type]))
    this.text.textContent = ticket.description
    this.showFacts(ticket)
    this.answer.textContent = ticket.response ?? 'No answer yet.'
    this.answer.classList.toggle('quiet', !ticket.response)
    this.answerTitle.hidden = this.answer.hidden = works
    this.describe.hidden = role !== 'driver' || ticket.status !== 'open'
    this.rate.hidden = role !== 'driver' || !isClosed
    this.stars.forEach((star, index) => star.setAttribute('aria-pressed', String(ticket.rating === index + 1)))
    this.work.hidden = !works
    if (!drafts.has(`answer ${this.ticketID}`)) this.answerArea.value = ticket.response ?? ''
    this.statusButtons.forEach((each, index) =>
      each.setAttribute('aria-pressed', String(ticket.status === statuses[index])))
    this.priority.value = ticket.priority
    this.assign.hidden = ticket.assignee_id === me
    this.release.hidden = !ticket.assignee_id
    this.close.hidden = isClosed
    this.remove.hidden = role !== 'admin'
    this.body.hidden = false
  }

  showFacts(ticket) {
    const { user, station } = ticket
    const facts = [
      ['From', user.user_id !== session.user.user_id && el('span', null, user.username + ' ',
        user.phone
          ? el('a', { href: 'tel:' + user.phone.replace(/[^+\d]/g, ''), 'data-key': 'phone' }, user.phone) : null,
        el('a', { href: 'mailto:' + encodeURIComponent(user.email), 'data-key': 'mail' }, user.email))],
      ['Station', station ? [station.name, station.address].filter(Boolean).join(', ') : 'None'],
      ['Filed', bothTimes(ticket.created_at)],
      ['Changed', ticket.updated_at === ticket.created_at ? null : bothTimes(ticket.updated_at)],
      ['Closed', ticket.closed_at && bothTimes(ticket.closed_at)],
      ['Assigned to', ticket.assignee_id ? nameOf(ticket.assignee_id) : 'Nobody'],
      ['Rating', ticket.rating && `${ticket.rating} of 5`],
    ]
    refill(this.facts, ...facts.filter(([, value]) => value)
      .flatMap(([name, value]) => [el('dt', null, name), el('dd', null, value)]))
  }

  showThread(comments, history) {
    this.commentsTitle.textContent = `Comments (${comments.length})`
    refill(this.comments, ...comments.map((comment) => el('li', { class: comment.internal ? 'internal' : null },
      quiet(comment.internal ? el('strong', null, 'Internal note ') : null,
        comment.username + ', ', time(comment.created_at)),
      el('p', { class: 'prose' }, comment.body))))
    this.historyTitle.textContent = `History (${history.length})`
    refill(this.history, ...history.map((entry) => el('li', null,
      quiet(entry.username ?? 'a deleted user', ', ', time(entry.at)),
      el('p', null, this.change(entry)))))
  }

  change({ field: name, from, to }) {
    if (name === 'created') return 'Filed the ticket'
    const show = (value) => {
      if (value == null) return 'nothing'
      if (name === 'assignee_id') return nameOf(value)
      if (name === 'station_id') return stationName(value)
      if (name === 'response' || name === 'description') {
        return value.length > 200 ? `“${value.slice(0, 200)}…”` : `“${value}”`
      }
      return words[value] ?? String(value)
    }
    return `${words[name] ?? name}: ${show(to)}${from == null ? '' : `, was ${show(from)}`}`
  }
}

// MARK: The other views

class NewTicketView {
  constructor() {
    const { user_id: me, role, station_id: workplace } = session.user
    const area = textarea('new', { required: true })
    const type = el('select', null, ...options(types.map((value) => [value, words[value]]), 'other'))
    const priority = el('select', null, ...options(priorities.map((value) => [value, words[value]]), 'high'))
    const known = stations.map((station) => [String(station.station_id), station.name])
    const station = el('select', null, ...options([['', 'No particular station'], ...known]))
    const user = el('input', { type: 'number', min: 1, step: 1, required: true, value: me })
    const problem = fault()
    // A draft that is sent twice makes one ticket.
    let key = NewTicketView.key()
    const form = el('form', {
      class: 'card',
      oninput: () => (key = NewTicketView.key()),
      onsubmit: submit(() => attempt(form, problem, async () => {
        const draft = {
          user_id: Number(user.value), description: area.value, type: type.value, priority: priority.value,
        }
        if (role !== 'station_staff' && station.value) draft.station_id = Number(station.value)
        const { data } = await api('POST', '/support', draft, { 'Idempotency-Key': key })
        drafts.delete('new')
        refreshAll()
        toast(`Ticket ${data.support_id} filed`)
        if (view === this) location.replace('#/ticket/' + data.support_id)
      })),
    },
    this.heading = title('New ticket'),
    ...field('What is wrong?', area), ...field('Subject', type), ...field('Priority', priority),
    ...(role === 'station_staff'
      ? [quiet(`At ${stationName(workplace)}`)] : field('Station', station)),
    ...(role === 'driver' ? [] : field('User number', user)),
    row(primary('File ticket')), problem)
    byID('detail').replaceChildren(back(), form)
  }

  // randomUUID() exists on secure origins only, and a station on a LAN is not one.
  static key() {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-')
  }
}

const alertCount = 100

class NotificationsView {
  constructor() {
    this.fault = fault()
    this.entries = el('ol', { class: 'entries' })
    this.heading = title('Alerts')
    const all = button('Mark all read', () => attempt(this.body, this.fault, markAllRead))
    this.body = card(el('div', { class: 'title' }, this.heading, all), this.fault, this.entries)
    byID('detail').replaceChildren(back(), this.body)
  }

  async refresh() {
    try {
      const { data } = await api('GET', '/notifications?limit=' + alertCount)
      if (!data.length) return refill(this.entries, el('li', { class: 'quiet' }, 'No alerts yet.'))
      refill(this.entries, ...data.reverse().map((each) => this.entry(each)))
    } catch (error) {
      this.fault.textContent = error.message
    }
  }

  entry({ id, title: subject, message, data, timestamp, read, type }) {
    const open = () => {
      if (!read) markRead(id)
      if (type !== 'support_ticket_deleted') location.hash = '#/ticket/' + data.support_id
    }
    return el('li', { class: read ? null : 'unread' },
      el('button', { type: 'button', class: 'plain', onclick: open, 'data-key': id },
        el('span', { class: 'quiet' }, read ? '' : 'Unread, ', away.ids.has(id) ? 'while you were away, ' : '',
          time(timestamp)),
        el('br'), el('strong', null, `${subject} #${data.support_id}`), el('br'), message))
  }
}

class PasswordView {
  constructor() {
    const input = (autocomplete) =>
      el('input', { type: 'password', autocomplete, required: true, maxlength: 128, minlength: 8 })
    const [current, next, again] = [input('current-password'), input('new-password'), input('new-password')]
    current.removeAttribute('minlength')
    const problem = fault()
    const form = el('form', {
      class: 'card',
      onsubmit: submit(() => attempt(form, problem, async () => {
        if (next.value !== again.value) throw new Failure(0, 'The new passwords do not match.')
        const body = { current_password: current.value, new_password: next.value }
        const { data } = await api('PATCH', '/auth/password', body)
        keep(data, session.stay)
        connect()
        toast('Password changed; other devices are signed out')
        if (view === this) location.hash = '#/'
      })),
    },
    this.heading = title('Change password'),
    ...field('Current password', current), ...field('New password (at least 8 characters)', next),
    ...field('Repeat new password', again),
    row(primary('Change password')), problem)
    byID('detail').replaceChildren(back(), form)
  }
}

// MARK: Navigation

let view = null

function navigate() {
  if (!session) return
  byID('menu').open = false
  const [, place, id] = location.hash.split('/')
  if (place === 'ticket' && /^\d{1,10}$/.test(id)) view = new TicketView(Number(id))
  else if (place === 'new') view = new NewTicketView()
  else if (place === 'notifications') view = new NotificationsView()
  else if (place === 'password') view = new PasswordView()
  else view = null
  if (!view) byID('detail').replaceChildren(el('p', { class: 'quiet hint' }, 'Choose a ticket to see it here.'))
  byID('desk').dataset.view = view ? 'detail' : 'list'
  if (list.groups) list.show(list.groups)
  view?.refresh?.()
  scrollTo(0, 0)
  byID('detail').scrollTop = 0;
  (view?.heading ?? byID('list-title')).focus({ preventScroll: true })
}

addEventListener('hashchange', navigate)
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  if (byID('menu').open) byID('menu').open = false
  else if (session && view) location.hash = '#/'
})
addEventListener('click', (event) => {
  if (!byID('menu').contains(event.target)) byID('menu').open = false
})

list.showChoices()
away.forget()
resume()
if (session) {
  enter()
  renew()
  api('GET', '/auth/me').then(({ data }) => Object.assign(session.user, data), () => {})
} else {
  signOut()
}
