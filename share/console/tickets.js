// The tickets that were loaded, by key: `4` is a ticket of this station, `7/4` one of the fleet's station 7.

import { api } from './api.js'
import { on, tell } from './bus.js'
import { read, write } from './kept.js'
import { learn } from './people.js'

export const keyOf = (ticket) => (ticket.fleet_station_id ? ticket.fleet_station_id + '/' : '') + ticket.support_id
export const isFleet = (key) => key.includes('/')
export const memberOf = (key) => key.split('/')[0]
export const pathOf = (key) => (isFleet(key) ? '/stations/' + key.replace('/', '/support/') : '/support/' + key)
export const hrefOf = (key) => '#/ticket/' + key
export const numberOf = (key) => '#' + key.split('/').at(-1)

/** The newest ticket for each key, the least recently seen first. */
const known = new Map()
/** What was shown with a ticket: {comments, history, receipts}. */
const threads = new Map()

export const ticketOf = (key) => known.get(key)
export const threadOf = (key) => threads.get(key)
export const knownTickets = () => [...known.values()]

/** Remembers tickets, unless a newer state of one is known. */
export function put(...tickets) {
  for (const ticket of tickets) {
    const key = keyOf(ticket)
    if (known.get(key)?.updated_at > ticket.updated_at) continue
    known.delete(key)
    known.set(key, ticket)
    learn(ticket.user)
  }
  storeSoon()
}

export function putThread(key, thread) {
  threads.delete(key)
  threads.set(key, thread)
  if (threads.size > 40) threads.delete(threads.keys().next().value)
  storeSoon()
}

let storing = null

/** What was loaded can be read without a line, also by a page that is opened anew. */
function storeSoon() {
  storing ??= setTimeout(() => {
    storing = null
    write('tickets', knownTickets().slice(-300))
    write('threads', [...threads])
  }, 3000)
}

export function recallTickets() {
  put(...read('tickets') ?? [])
  for (const [key, thread] of read('threads') ?? []) threads.set(key, thread)
}

export function forgetTickets() {
  known.clear()
  threads.clear()
  write('tickets', [])
  write('threads', [])
}

on('ticket', ({ key, ticket }) => {
  if (ticket) put(ticket)
  else known.delete(key)
})

// A notification has a part of the ticket only. Those that come together are asked for together.
let asked = new Map()
let asking, missing

on('notified', ({ event, data, replayed }) => {
  const key = keyOf(data)
  if (replayed) {
    clearTimeout(missing)
    missing = setTimeout(tell, 400, 'missed')
  } else if (event.endsWith('deleted')) tell('ticket', { key, change: 'deleted' })
  else {
    asked.set(key, event.split(':').at(-1))
    asking ??= setTimeout(askForThem, 120)
  }
})

async function askForThem() {
  const wanted = asked
  asked = new Map()
  asking = null
  const fleet = [...wanted.keys()].filter(isFleet)
  const own = [...wanted.keys()].filter((key) => !isFleet(key)).map(Number)
  const [low, high] = [Math.min(...own), Math.max(...own)]
  if (fleet.length > 5 || high - low > 500) return tell('missed')
  const paths = [...fleet.map(pathOf), ...own.length ? [`/support?support_id_min=${low}&support_id_max=${high}`] : []]
  // Without an answer, the connection's next beginning asks again.
  const answers = await Promise.all(paths.map((path) => api('GET', path).catch(() => ({ data: [] }))))
  for (const ticket of answers.flatMap(({ data }) => data)) {
    const change = wanted.get(keyOf(ticket))
    if (change) tell('ticket', { key: keyOf(ticket), ticket, change })
  }
}
