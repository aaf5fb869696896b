// What waits to be sent: new tickets and comments with an Idempotency-Key, changes with If-Match. It goes in order, one
// at a time, and is tried again until the station has answered.
//
//   entry  {id, what: 'ticket' | 'comment' | 'answer', method, path, body, key?, tag?, seen?, at, tried?, fault?,
//           conflict?}; `seen` has the fields as they were when their author changed them
//
// An entry with a fault or a conflict waits for its author.

import { api, station } from './api.js'
import { on, tell } from './bus.js'
import { read, write } from './kept.js'
import { session } from './session.js'
import { t } from './text.js'
import { pathOf, put } from './tickets.js'

let entries = []
let running = null
let retry = null

export const queued = () => entries
export const waitingFor = (key) => entries.filter((entry) => entry.key === key)

// randomUUID() exists on secure origins only, and a station on a LAN is not one.
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-')

function changed() {
  write('queue', entries)
  tell('queue', entries)
}

export function recallQueue() {
  entries = read('queue') ?? []
  changed()
  sendQueue()
}

export function forgetQueue() {
  entries = []
  changed()
}

/** Queues an entry, and gives the station's answer if that comes at once, or null if the entry has to wait. */
export async function send(entry) {
  const whole = { id: newKey(), at: new Date().toISOString(), ...entry }
  entries.push(whole)
  changed()
  await sendQueue()
  if (whole.fault && !whole.conflict) {
    drop(whole.id)
    throw new Error(whole.fault)
  }
  return whole.answer ?? null
}

export function drop(id) {
  entries = entries.filter((entry) => entry.id !== id)
  changed()
}

/** Sends an entry again that had a fault. */
export function again(id, change) {
  const entry = entries.find((each) => each.id === id)
  if (!entry) return
  Object.assign(entry, { fault: undefined, conflict: undefined, tried: undefined }, change)
  changed()
  return sendQueue()
}

export function sendQueue() {
  clearTimeout(retry)
  running ??= run().finally(() => (running = null))
  return running
}

async function run() {
  for (;;) {
    const entry = entries.find((each) => !each.fault && !each.answer)
    if (!entry || !session) return
    // The station remembers a key for a day. After that, the same request might make a second ticket.
    if (entry.tried && Date.now() - Date.parse(entry.tried) > 82800000 && !entry.tag) {
      entry.fault = t('maybeSent')
      changed()
      continue
    }
    try {
      entry.tried ??= new Date().toISOString()
      write('queue', entries)
      const fields = entry.tag ? { 'If-Match': entry.tag } : { 'Idempotency-Key': entry.id }
      entry.answer = await api(entry.method, entry.path, entry.body, fields)
      entries = entries.filter((each) => each !== entry)
      // The next change of the same author builds on this one.
      const tag = entry.answer.fields.get('ETag')
      for (const each of entries) if (tag && each.key === entry.key && each.tag === entry.tag) each.tag = tag
      changed()
      tell('sent', entry)
    } catch (error) {
      if (!session) return
      if (error.status === 412 && await isStillWanted(entry)) continue
      if (error.passes) {
        retry = setTimeout(sendQueue, (error.wait || 10) * 1000)
        return
      }
      entry.fault = error.message
      entry.conflict = error.status === 412
      changed()
    }
  }
}

/**
 * Looks at the ticket as it is now. If nobody has changed the same fields, the change is made for its new state, and if
 * the ticket is as the author wanted it, the first try has arrived.
 */
async function isStillWanted(entry) {
  entry.looks = (entry.looks ?? 0) + 1
  if (entry.looks > 3 || !entry.seen) return false
  const found = await api('GET', pathOf(entry.key)).catch(() => null)
  if (!found) return false
  put(found.data)
  const same = (name, value) => (found.data[name] ?? null) === (value ?? null)
  const fields = Object.keys(entry.body)
  if (!fields.every((name) => same(name, entry.seen[name]) || same(name, entry.body[name]))) {
    tell('ticket', { key: entry.key, ticket: found.data, change: 'updated', told: true })
    return false
  }
  entry.tag = found.fields.get('ETag')
  return true
}

on('live', (isLive) => isLive && entries.length && sendQueue())
on('state', () => station.reachable && entries.length && sendQueue())
