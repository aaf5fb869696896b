// The tickets that were loaded, by key: `4` is a ticket of this station, `7/4` one of the fleet's station 7.

import { api } from './api.js'
import { on, tell } from './bus.js'
import { erase, read, write } from './kept.js'
import { learn } from './people.js'

export const keyOf = (ticket) =>
  (ticket.fleet_station_id ? ticket.fleet_station_id + '/' : '') + ticket.support_id
export const pathOf = (key) => (key.includes('/') ? '/stations/' + key.replace('/', '/support/') : '/support/' + key)
export const hrefOf = (key) => '#/ticket/' + key
export const numberOf = (key) => '#' + key.split('/').at(-1)

/** The newest ticket for each key, the least recently seen first. */
const known = new Map()
/** What was shown with a ticket: {comments, history, receipts}. */
const threads = new Map()
const keptTickets = 300
const keptThreads = 40

export const ticketOf = (key) => known.get(key)
export const threadOf = (key) => threads.get(key)
export const knownTickets = () => [...known.values()]

/** Remembers tickets, unless a newer state of one is known. */
export function put(...tickets) {
  for (const ticket of tickets) {
    const key = keyOf(ticket)
    const before = known.get(key)
    if (before && before.updated_at > ticket.updated_at) continue
    known.delete(key)
    known.set(key, ticket)
    if (ticket.user) learn(ticket.user)
  }
  storeSoon()
}

export function putThread(key, thread) {
  threads.delete(key)
  threads.set(key, thread)
  while (threads.size > keptThreads) threads.delete(threads.keys().next().value)
  storeSoon()
}

let storing = null

/** What was loaded can be read without a line, also by a page that is opened anew. */
function storeSoon() {
  storing ??= setTimeout(() => {
    storing = null
    // The map stays small: a list keeps its own rows.
    while (known.size > 20000) known.delete(known.keys().next().value)
    write('tickets', [...known.values()].slice(-keptTickets))
    write('threads', [...threads])
  }, 3000)
}

/** Brings back what the last page of this session had. */
export function recall() {
  put(...(read('tickets') ?? []))
  for (const [key, thread] of read('threads') ?? []) threads.set(key, thread)
}

export function forgetTickets() {
  clearTimeout(storing)
  storing = null
  known.clear()
  threads.clear()
  erase('tickets')
  erase('threads')
}

on('ticket', ({ key, ticket }) => {
  if (ticket) put(ticket)
  else {
    known.delete(key)
    threads.delete(key)
  }
})

// A notification has a part of the ticket only. Those that come together are asked for together.
let asked = new Map()
let asking = null

on('notified', ({ event, data: notification }) => {
  const { data, replayed } = notification
  const key = keyOf(data)
  if (replayed) return missedSoon()
  if (event === 'support:ticket:deleted') return tell('ticket', { key, change: 'deleted' })
  asked.set(key, event)
  asking ??= setTimeout(askForThem, 120)
})

let missing = null
function missedSoon() {
  clearTimeout(missing)
  missing = setTimeout(() => tell('missed'), 400)
}

async function askForThem() {
  const wanted = asked
  asked = new Map()
  asking = null
  const own = [...wanted.keys()].filter((key) => !key.includes('/')).map(Number)
  const fleet = [...wanted.keys()].filter((key) => key.includes('/'))
  const [low, high] = [Math.min(...own), Math.max(...own)]
  if (fleet.length > 5 || high - low > 500) return tell('missed')
  try {
    const answers = await Promise.all([
      own.length ? api('GET', `/support?support_id_min=${low}&support_id_max=${high}`) : { data: [] },
      ...fleet.map((key) => api('GET', pathOf(key))),
    ])
    for (const ticket of answers.flatMap((answer) => answer.data)) {
      const event = wanted.get(keyOf(ticket))
      if (event) tell('ticket', { key: keyOf(ticket), ticket, change: event.split(':').at(-1), told: true })
    }
  } catch {
    // The connection's next beginning asks again.
  }
}
