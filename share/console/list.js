// The list of tickets: what the filter in the address finds, page by page, and kept right by what happens.

import { api, nextPage, station } from './api.js'
import { on } from './bus.js'
import { bulkBar, isSelecting, selection, toggleSelecting } from './bulk.js'
import { byID, el, fault, heading, link, setText } from './dom.js'
import { hasDraft } from './drafts.js'
import { format, matches, orders, parse, request, sortOf } from './filter.js'
import { makeFilters, showFilters } from './filters.js'
import { waitingFor } from './outbox.js'
import { loadNames, memberName, members, nameOf } from './people.js'
import { address, amend, view } from './route.js'
import { Rows } from './rows.js'
import { isDriver, session } from './session.js'
import { t, time, word } from './text.js'
import { hrefOf, keyOf, knownTickets, numberOf, put, ticketOf } from './tickets.js'

const firstPage = 100
const laterPage = 500

let rows = null
/** The keys of what is shown, in order. */
let keys = []
let total = 0
let next = null
let filter = null
let query = ''
let run = 0
let loading = false
let problem

export const currentFilter = () => filter
export const shownKeys = () => keys
export const shownTotal = () => total

export function makeList() {
  problem = fault()
  rows = new Rows({
    keyOf: (key) => key, make: makeRow, update: updateRow, near: loadMore, label: t('tickets'),
  })
  byID('list').replaceChildren(
    el('div', { class: 'title' }, Object.assign(heading(''), { id: 'list-title' }),
      link('#/new', t('newTicket'), { class: 'button primary wide', 'data-key': 'new' })),
    ...makeFilters(changeFilter), bulkBar(), problem, rows.list,
    el('p', { id: 'list-end', class: 'quiet', role: 'status' }))
  query = ''
  keys = []
}

/** Follows the address. A ticket's address without a query leaves the list as it is. */
export function followAddress() {
  const { parts, query: wanted } = address()
  const isList = !parts.length || parts[0] === 'tickets'
  if (!isList && filter && !wanted) {
    if (parts[0] === 'ticket') amend(location.hash + '?' + query)
    return markCurrent()
  }
  const found = parse(isList || parts[0] === 'ticket' ? wanted : '')
  if (format(found) !== query || !keys.length) {
    filter = found
    query = format(filter)
    showFilters(filter)
    load(true)
  } else loadCounts()
  markCurrent()
  rows.draw()
}

function changeFilter(change) {
  filter = { ...filter, ...change }
  query = format(filter)
  const { parts } = address()
  amend(parts[0] === 'ticket' ? `#/${parts.join('/')}?${query}` : '#/tickets?' + query)
  showFilters(filter)
  load(true)
}

/** Loads as much as is shown already, or the first page of another filter. */
async function load(isNew) {
  const mine = ++run
  const wanted = isNew ? firstPage : Math.min(1000, Math.max(firstPage, keys.length))
  loading = true
  byID('list').setAttribute('aria-busy', 'true')
  loadCounts()
  try {
    const { data, fields } = await api('GET', request(filter, { limit: wanted }))
    if (mine !== run || !session) return
    put(...data)
    problem.textContent = ''
    next = nextPage(fields)
    total = Number(fields.get('X-Total-Count') ?? data.length)
    show(data.map(keyOf), isNew)
  } catch (error) {
    if (mine !== run || !session) return
    // Without a line, what was loaded before is searched here.
    if (isNew && !station.reachable) {
      const order = orders[sortOf(filter)]
      const found = knownTickets().filter((ticket) => matches(filter, ticket) ?? seems(ticket)).sort(order)
      next = null
      total = found.length
      show(found.map(keyOf), true)
    } else if (station.reachable) problem.textContent = error.message
  } finally {
    if (mine === run) {
      loading = false
      byID('list')?.removeAttribute('aria-busy')
    }
  }
}

/** A rough search where the station cannot be asked. */
const seems = (ticket) => filter.q.toLowerCase().split(/\s+/).every((part) =>
  `${ticket.description} ${ticket.response ?? ''} ${ticket.user?.username} ${ticket.station?.name ?? ''} #${ticket.support_id}`
    .toLowerCase().includes(part))

async function loadMore() {
  if (loading || !next || !station.reachable) return
  loading = true
  const mine = run
  try {
    const { data, fields } = await api('GET', next.replace(/limit=\d+/, 'limit=' + laterPage))
    if (mine !== run || !session) return
    put(...data)
    next = nextPage(fields)
    const shown = new Set(keys)
    show([...keys, ...data.map(keyOf).filter((key) => !shown.has(key))])
  } catch {
    // The next movement tries again.
  } finally {
    if (mine === run) loading = false
  }
}

function show(found, isNew) {
  if (isNew) byID('list').scrollTop = 0
  keys = found
  rows.show(keys)
  setText(byID('list-title'), isDriver() ? t('myTickets') : t('tickets'))
  showEnd()
}

function showEnd() {
  setText(byID('list-end'), !total ? t('noTickets')
    : keys.length < total ? t('loadedOf', { loaded: keys.length, count: total }) : t('ticketCount', { count: total }))
}

let counting = null

/** Counts follow the filter, apart from the status, whose choices they stand on. */
function loadCounts() {
  clearTimeout(counting)
  counting = setTimeout(async () => {
    if (!session || !filter) return
    if (filter.of) {
      const sum = { open: 0, in_progress: 0, closed: 0 }
      for (const { station_id: id, tickets } of members ?? []) {
        if (filter.of !== 'fleet' && filter.of !== String(id)) continue
        for (const status in sum) sum[status] += tickets[status]
      }
      return showFilters(filter, filter.q || filter.age || filter.priority.length ? null : { byStatus: sum })
    }
    const asked = query
    const { data } = await api('GET', request(filter, { without: 'status' })).catch(() => ({}))
    if (data && session && asked === query) showFilters(filter, data)
  }, 300)
}

// MARK: What happens

/** Rows do not move under a finger: what would move them waits until it is lifted. */
let touched = false
let waiting = []
const settle = () => {
  touched = false
  const work = waiting
  waiting = []
  for (const each of work) each()
}
addEventListener('pointerdown', (event) => (touched = !!rows?.list.contains(event.target)), true)
addEventListener('click', () => touched && setTimeout(settle), true)
for (const event of ['pointerup', 'pointercancel']) addEventListener(event, () => touched && setTimeout(settle, 300), true)

const calmly = (work) => (touched ? waiting.push(work) : work())

on('ticket', ({ key, ticket }) => {
  if (!filter || !rows) return
  calmly(() => place(key, ticket && ticketOf(key)))
  loadCounts()
})

/** Gives a ticket that changed its row, in its place, or lets it go. */
function place(key, ticket) {
  const before = keys.indexOf(key)
  const fits = ticket ? matches(filter, ticket) : false
  if (fits === null) return reloadSoon()
  // What is open or has the focus stays until its reader turns away.
  const isHeld = ticket && (view?.key === key || selection.has(key) || document.activeElement?.dataset.key === key)
  if (!fits && !isHeld) {
    if (before < 0) return
    keys.splice(before, 1)
    total--
    selection.delete(key)
  } else if (!fits) {
    held.add(key)
    return rows.renew(key)
  } else {
    held.delete(key)
    const order = orders[sortOf(filter)]
    const isHere = (index) => (index <= 0 || order(ticketOf(keys[index - 1]), ticket) <= 0)
      && (index + 1 >= keys.length || order(ticket, ticketOf(keys[index + 1])) <= 0)
    if (before >= 0 && isHere(before)) return rows.renew(key)
    if (before >= 0) keys.splice(before, 1)
    let index = keys.findIndex((other) => order(ticketOf(other), ticket) > 0)
    if (index < 0) index = keys.length
    if (before < 0) total++
    // Beyond the last page that is loaded it comes with its own page.
    if (index < keys.length || !next) keys.splice(index, 0, key)
    rows.items = keys
    const above = rows.above()
    if (before < 0 && above > 0 && index <= above) rows.shift(1)
    else if (before >= 0 && before < above && index > above) rows.shift(-1)
    else if (before > above && above > 0 && index <= above) rows.shift(1)
  }
  rows.show(keys)
  showEnd()
}

/** Rows that no longer fit the filter. They go when their reader turns away. */
const held = new Set()
on('navigated', () => {
  for (const key of held) {
    held.delete(key)
    if (ticketOf(key)) place(key, ticketOf(key))
  }
})

let reloading = null
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
on('names', () => rows?.draw())
on('queue', () => rows?.draw())
on('selection', () => rows?.draw())
on('scrolled', () => rows?.draw())

// MARK: A row

function makeRow(key) {
  const parts = {}
  const part = (name, tag = 'span', attributes) => (parts[name] = el(tag, attributes))
  const open = link(hrefOf(key), [
    el('span', { class: 'line' }, part('priority', 'span', { class: 'tag' }), el('span', null, numberOf(key)),
      part('status'), part('type'), part('time')),
    part('text', 'span', { class: 'text' }), part('about', 'span', { class: 'line about' }),
  ], { class: 'ticket', 'data-key': key })
  const box = el('input', {
    type: 'checkbox', class: 'pick', onchange: () => toggle(key, box.checked),
  })
  const node = el('li', null, box, open)
  Object.assign(node, { parts, open, box })
  return node
}

function updateRow(node, key) {
  const ticket = ticketOf(key)
  if (!ticket) return
  const { parts, open, box } = node
  const isHere = view?.key === key
  if (isHere !== open.hasAttribute('aria-current')) {
    if (isHere) open.setAttribute('aria-current', 'true')
    else open.removeAttribute('aria-current')
  }
  box.hidden = !isSelecting() || key.includes('/')
  box.checked = selection.has(key)
  const about = [isDriver() ? null : ticket.user?.username,
    key.includes('/') ? memberName(ticket.fleet_station_id) : null, ticket.station?.name ?? t('noStation'),
    ticket.assignee_id ? key.includes('/') ? t('assigned') : t('assignedTo', { name: nameOf(ticket.assignee_id) }) : null,
    ticket.escalated_at && ticket.status !== 'closed' ? t('escalated') : null,
    hasDraft('answer ' + key) || hasDraft('comment ' + key) ? t('draft') : null,
    waitingFor(key).length ? t('waiting') : null].filter(Boolean).join(' · ')
  const shown = ticket.updated_at + ticket.status + ticket.priority + about + isSelecting()
  if (node.shown === shown) return
  node.shown = shown
  for (const each of [open, parts.priority]) each.dataset.priority = ticket.priority
  open.dataset.status = ticket.status
  setText(parts.priority, word(ticket.priority))
  setText(parts.status, word(ticket.status))
  setText(parts.type, word(ticket.type))
  setText(parts.text, ticket.description)
  setText(parts.about, about)
  parts.time.replaceChildren(time(ticket.created_at))
  box.setAttribute('aria-label', t('select', { number: numberOf(key) }))
}

function toggle(key, isPicked) {
  if (isPicked) selection.add(key)
  else selection.delete(key)
  bulkBar.show()
}

function markCurrent() {
  rows?.draw()
}

/** Moves the focus among the rows; the shortcuts use it. */
export function step(by) {
  const held = document.activeElement?.closest?.('.rows li')?.key ?? view?.key
  const index = keys.indexOf(held)
  rows.focus(index < 0 ? 0 : Math.min(keys.length - 1, Math.max(0, index + by)))
}

export function pickHeld() {
  const held = document.activeElement?.closest?.('.rows li')?.key
  if (!held || isDriver()) return
  if (!isSelecting()) toggleSelecting()
  toggle(held, !selection.has(held))
  rows.draw()
}

export function forgetList() {
  run++
  filter = null
  query = ''
  keys = []
  rows = null
  selection.clear()
}
