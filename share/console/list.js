// The list of tickets: what the filter in the address finds, page by page, and kept right by what happens.

import { api, nextPage, station } from './api.js'
import { bulkBar, picking, showBulk, toggle } from './bulk.js'
import { on } from './bus.js'
import { byID, el, fault, link, mark, setText } from './dom.js'
import { draft } from './drafts.js'
import { format, matches, orderOf, parse, request } from './filter.js'
import { makeFilters, showFilters } from './filters.js'
import { waitingFor } from './outbox.js'
import { loadNames, memberName, members, nameOf } from './people.js'
import { address, amend, view } from './route.js'
import { Rows } from './rows.js'
import { isDriver, session } from './session.js'
import { t, time } from './text.js'
import { hrefOf, isFleet, keyOf, knownTickets, numberOf, put, ticketOf } from './tickets.js'

const [firstPage, laterPage] = [100, 500]

let rows = null
/** The keys of what is shown, in order, and how many the station has. */
let keys = []
let total = 0
let filter = null
let query = ''
let next, problem
let run = 0
let loading = false

export const shownKeys = () => keys

export function makeList() {
  problem = fault()
  rows = new Rows(t('p_tickets'), makeRow, updateRow, loadMore)
  byID('list').replaceChildren(
    el('div.title', el('h1', { id: 'list-title', tabindex: -1 }, t(isDriver() ? 'myTickets' : 'p_tickets')),
      link('#/new', t('p_new'), { class: 'button primary wide', 'data-key': 'new' })),
    ...makeFilters(changeFilter), bulkBar(), problem, rows.list, el('p.quiet', { id: 'list-end', role: 'status' }))
  query = ''
  keys = []
}

/** Follows the address. The address of another view without a query leaves the list as it is. */
on('navigated', () => {
  const { parts: [place = 'tickets'], query: wanted } = address()
  const isList = ['tickets', 'ticket'].includes(place)
  if (filter && query && !(isList && wanted) && place !== 'tickets') {
    if (place === 'ticket') amend(`${location.hash}?${query}`)
  } else {
    const found = parse(isList ? wanted : '')
    if (format(found) !== query) setFilter(found)
  }
  rows.draw()
})

function setFilter(changed) {
  filter = changed
  query = format(filter)
  showFilters(filter)
  load(true)
}

function changeFilter(change) {
  setFilter({ ...filter, ...change })
  const { parts } = address()
  amend(`#/${parts[0] === 'ticket' ? parts.join('/') : 'tickets'}?${query}`)
}

/** Loads the first page of another filter, or again as much as is shown. */
async function load(isNew) {
  const mine = ++run
  loading = true
  loadCounts()
  try {
    const limit = isNew ? firstPage : Math.min(1000, Math.max(firstPage, keys.length))
    const { data, fields } = await api('GET', request(filter, '', limit))
    if (mine !== run || !session) return
    put(...data)
    problem.textContent = ''
    total = Number(fields.get('X-Total-Count') ?? data.length)
    const found = data.map(keyOf)
    // What was loaded beyond the largest page stays.
    const rest = isNew ? [] : keys.slice(keys.indexOf(found.at(-1)) + 1).filter((key) => !found.includes(key))
    const isLong = keys.length > limit && keys.includes(found.at(-1))
    if (!isLong) next = nextPage(fields)
    show(isLong ? [...found, ...rest] : found, isNew)
  } catch (error) {
    if (mine !== run || !session) return
    if (!error.passes) problem.textContent = error.message
    else if (isNew) showKnown()
  } finally {
    if (mine === run) {
      loading = false
      // The end may be near already.
      rows?.draw()
    }
  }
}

/** Without a line, what was loaded before is searched here, roughly. */
function showKnown() {
  const has = ({ description, response, user, support_id: id,
    station: { name } = {} }) => filter.q.toLowerCase().split(/\s+/)
    .every((part) => [description, response, user?.username, name, '#' + id].join(' ').toLowerCase().includes(part))
  const found = knownTickets().filter((ticket) => matches(filter, ticket) ?? has({ ...ticket,
    station: ticket.station ?? {} }))
  next = null
  total = found.length
  show(found.sort(orderOf(filter)).map(keyOf), true)
}

async function loadMore() {
  if (loading || !next || !station.reachable) return
  loading = true
  const mine = run
  const found = await api('GET', next.replace(/limit=\d+/, 'limit=' + laterPage)).catch(() => null)
  if (mine !== run || !session) return
  loading = false
  if (!found) return
  put(...found.data)
  next = nextPage(found.fields)
  const shown = new Set(keys)
  show([...keys, ...found.data.map(keyOf).filter((key) => !shown.has(key))])
}

function show(found, isNew) {
  if (isNew) byID('list').scrollTop = 0
  keys = found
  rows.show(keys)
  setText(byID('list-end'), !total ? t('noTickets')
    : keys.length < total ? t('loadedOf', { loaded: keys.length, count: total }) : t('ticketCount', { count: total }))
}

let counting

/** Counts follow the filter, apart from the status, whose choices they stand on. */
function loadCounts() {
  clearTimeout(counting)
  counting = setTimeout(async () => {
    const asked = query
    const found = session && !filter.of && await api('GET', request(filter, '/counts')).catch(() => null)
    if (session && asked === query && (found || filter.of)) showFilters(filter,
      found ? found.data.byStatus : fleetCounts())
  }, 300)
}

function fleetCounts() {
  if (filter.q || filter.age || filter.priority.length || filter.type.length) return null
  const sum = { open: 0, in_progress: 0, closed: 0 }
  for (const { station_id: id, tickets } of members ?? []) {
    if (filter.of === 'fleet' || filter.of === String(id)) for (const status in sum) sum[status] += tickets[status]
  }
  return sum
}

// MARK: What happens

/** Rows do not move under a finger: what would move them waits until it is lifted. */
let touched = false
let waiting = []
function settle() {
  touched = false
  for (const work of waiting.splice(0)) work()
}
addEventListener('pointerdown', ({ target }) => (touched = rows?.list.contains(target)), true)
for (const event of ['click', 'pointercancel']) addEventListener(event, () => touched && setTimeout(settle), true)
addEventListener('pointerup', () => touched && setTimeout(settle, 300), true)
const calmly = (work) => (touched ? waiting.push(work) : work())

on('ticket', ({ key, ticket }) => {
  if (!filter) return
  calmly(() => place(key, ticket && ticketOf(key)))
  loadCounts()
})

/** Rows that no longer fit the filter but are open, picked or have the focus. They go when their reader turns away. */
const held = new Set()
on('navigated', () => {
  for (const key of [...held]) place(key, ticketOf(key))
})

/** Shows a ticket that has changed, in its place, or lets it go. */
function place(key, ticket) {
  const before = keys.indexOf(key)
  const fits = ticket ? matches(filter, ticket) : false
  const others = keys.filter((each) => each !== key)
  held.delete(key)
  if (fits === null) return reloadSoon()
  if (!fits) {
    if (before < 0) return
    if (ticket && (view?.key === key || picking.has(key) || rows.held() === key)) {
      held.add(key)
      return rows.renew(key)
    }
    total--
    picking.delete(key)
    return showShifted(others, before, -1)
  }
  const order = orderOf(filter)
  const found = others.findIndex((other) => order(ticketOf(other), ticket) > 0)
  const index = found < 0 ? others.length : found
  if (index === before) return rows.renew(key)
  if (before < 0) total++
  // Beyond the last page that is loaded it comes with its own page.
  if (index < others.length || !next) others.splice(index, 0, key)
  showShifted(others, before, index)
}

/** Shows the changed order of the rows without moving those in the window. */
function showShifted(changed, before, index) {
  const above = rows.above()
  const shift = (index >= 0 && index < above ? 1 : 0) - (before >= 0 && before < above ? 1 : 0)
  rows.keys = changed
  if (shift) rows.shift(shift)
  show(changed)
}

let reloading
let reloadedAt = 0
/** Loads again soon, and at most every two seconds. */
export function reloadSoon() {
  reloading ??= setTimeout(() => {
    reloading = null
    reloadedAt = Date.now()
    if (session && filter) calmly(() => load(false))
  }, Math.max(100, reloadedAt + 2000 - Date.now()))
}

on('missed', () => {
  reloadSoon()
  if (members) loadNames()
})
on('live', (isLive) => isLive && reloadSoon())
let wasCentral = false
on('names', () => {
  // A central server's own list is that of its fleet, which is known only now.
  if (filter && members && !wasCentral && !address().query) setFilter(parse(''))
  wasCentral = !!members
})
for (const event of ['names', 'queue', 'selection', 'scrolled']) on(event, () => rows?.draw())

// MARK: A row

function makeRow(key) {
  const part = (tag, attributes) => el(tag, attributes ?? {})
  const parts = [part('span.tag'), part('span'), part('span'), part('span')]
  const text = part('span.text')
  const about = part('span.line.about')
  const open = link(hrefOf(key), [el('span.line', ...parts), text, about], { class: 'ticket', 'data-key': key })
  const box = el('input.pick', {
    type: 'checkbox', 'aria-label': t('pickNamed', { number: numberOf(key) }), onchange: () => toggle(key, box.checked),
  })
  return Object.assign(el('li', box, open), { parts, text, about, open, box })
}

function updateRow({ parts: [priority, status, type, at], text, about, open, box }, key) {
  const ticket = ticketOf(key)
  if (!ticket) return
  mark(open, 'aria-current', view?.key === key && 'true')
  box.hidden = !picking.isOn || isFleet(key)
  box.checked = picking.has(key)
  open.dataset.status = ticket.status
  open.dataset.priority = priority.dataset.priority = ticket.priority
  setText(priority, t(ticket.priority))
  setText(status, `${numberOf(key)} · ${t(ticket.status)}`)
  setText(type, t(ticket.type))
  if (at.at !== ticket.created_at) at.replaceChildren(time(at.at = ticket.created_at))
  setText(text, ticket.description)
  setText(about, [isDriver() ? null : ticket.user?.username, isFleet(key) && memberName(ticket.fleet_station_id),
    ticket.station?.name ?? t('noStation'),
    ticket.assignee_id && (isFleet(key) ? t('assigned') : t('assignedTo', { name: nameOf(ticket.assignee_id) })),
    ticket.escalated_at && ticket.status !== 'closed' && t('escalated'),
    (draft('answer ' + key) ?? draft('comment ' + key)) !== undefined && t('draft'),
    waitingFor(key).length && t('waiting')].filter(Boolean).join(' · '))
}

/** Moves the focus among the rows, first to one in the window; the shortcuts use it. */
export function step(by) {
  const from = keys.indexOf(rows.held() ?? view?.key)
  rows.focus(from < 0 ? rows.above() : from + by)
}

export function pickHeld() {
  const key = rows.held()
  if (!key || isDriver()) return
  picking.isOn = true
  toggle(key, !picking.has(key))
}

export function forgetList() {
  run++
  filter = rows = null
  query = ''
  keys = []
  picking.clear()
  picking.isOn = false
  wasCentral = false
}
on('selection', () => byID('bulk') && showBulk())
