// What waits to be sent: new tickets and comments with an Idempotency-Key, changes with If-Match. It goes in order, one
// at a time, and is tried again until the station has answered.
//
//   entry  {id, what: 'ticket' | 'comment' | 'change', method, path, body, key?, tag?, seen?, at, tried?, fault?,
//           conflict?}; `seen` has the fields as they were when their author changed them
//
// An entry with a fault or a conflict waits for its author.

import { api, station } from './api.js'
import { on, tell } from './bus.js'
import { read, write } from './kept.js'
import { session } from './session.js'
import { t } from './text.js'
import { pathOf, put } from './tickets.js'

/** The station remembers a key for a day. After that, the same request might make a second ticket. */
const keyMillisMax = 23 * 3600000

let entries = []
let running, retry

export const queued = () => entries
export const waitingFor = (key) => entries.filter((entry) => entry.key === key)

// randomUUID() exists on secure origins only, and a station on a LAN is not one.
export const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)),
  (part) => part.toString(36)).join('-')

function setEntries(changed) {
  entries = changed
  write('queue', entries)
  tell('queue')
}

export function recallQueue() {
  setEntries(read('queue') ?? [])
  sendQueue()
}

export const forgetQueue = () => setEntries([])
export const drop = (id) => setEntries(entries.filter((entry) => entry.id !== id))

/** Queues an entry. Gives the station's answer if that comes at once, or null if the entry has to wait. */
export async function send(entry) {
  const whole = { id: newKey(), at: new Date().toISOString(), ...entry }
  setEntries([...entries, whole])
  await sendQueue()
  if (!whole.fault || whole.conflict) return whole.answer ?? null
  drop(whole.id)
  throw new Error(whole.fault)
}

/** Sends an entry again that had a fault. */
export function again(id, change) {
  const entry = entries.find((each) => each.id === id)
  Object.assign(entry ?? {}, { fault: undefined, conflict: undefined, tried: undefined, looks: 0 }, change)
  return sendQueue()
}

export function sendQueue() {
  clearTimeout(retry)
  return running ??= sendAll().finally(() => (running = null))
}

async function sendAll() {
  for (let entry; session && (entry = entries.find((each) => !each.fault));) {
    if (!entry.tag && Date.now() - Date.parse(entry.tried) > keyMillisMax) entry.fault = t('maybeSent')
    else {
      try {
        entry.tried ??= new Date().toISOString()
        entry.answer = await api(entry.method, entry.path, entry.body,
          entry.tag ? { 'If-Match': entry.tag } : { 'Idempotency-Key': entry.id })
        // The next change of the same author builds on this one.
        const tag = entry.answer.fields.get('ETag')
        for (const each of waitingFor(entry.key)) if (tag && each.tag === entry.tag) each.tag = tag
        drop(entry.id)
        tell('sent', entry)
        continue
      } catch (error) {
        if (!session || (error.status === 412 && await isStillWanted(entry))) continue
        if (error.passes) {
          retry = setTimeout(sendQueue, (error.wait || 10) * 1000)
          return tell('queue')
        }
        entry.fault = error.message
        entry.conflict = error.status === 412
      }
    }
    setEntries(entries)
  }
}

/**
 * Looks at the ticket as it is now. If nobody has changed the same fields, the change is made for its new state; if it
 * is as the author wanted it, the first try has arrived.
 */
async function isStillWanted(entry) {
  entry.looks = (entry.looks ?? 0) + 1
  const found = entry.looks < 4 && await api('GET', pathOf(entry.key)).catch(() => null)
  if (!found) return false
  put(found.data)
  const is = (name, values) => (found.data[name] ?? null) === (values[name] ?? null)
  if (Object.keys(entry.body).every((name) => is(name, entry.seen) || is(name, entry.body))) {
    entry.tag = found.fields.get('ETag')
    return true
  }
  tell('ticket', { key: entry.key, ticket: found.data })
  return false
}

on('live', (isLive) => isLive && sendQueue())
on('state', () => station.reachable && sendQueue())
