// The live connection: a plain WebSocket, the same that every other client may use.

import { api, sawStation } from './api.js'
import { on, tell } from './bus.js'
import { safely } from './kept.js'
import { renew, session } from './session.js'

let socket = null
let tries = 0
let reconnecting, beating, waiting
let isLive = false

/** When the connection was lost, or null. */
export let lostAt = null
export const live = () => isLive
export const attempts = () => tries

export function connect() {
  disconnect()
  if (!session) return
  const current = new WebSocket(location.origin.replace(/^http/, 'ws') + '/notifications')
  socket = current
  show(false)
  expectAnswer(current)
  current.onopen = () => current.send(JSON.stringify({ event: 'auth', data: { token: session.token } }))
  current.onmessage = (message) => {
    const { event, data } = safely(() => JSON.parse(message.data)) ?? {}
    clearTimeout(waiting)
    if (event === 'connected') begin(current)
    else if (event) receive(event, data)
  }
  current.onclose = (event) => {
    if (socket !== current) return
    drop()
    // 1008: the station does not accept the token; a request shows whether the session has ended.
    if (event.code === 1008) api('GET', '/auth/me').catch(() => {})
  }
}

function begin(current) {
  tries = 0
  sawStation({ reachable: true })
  show(true)
  // A page does not see the protocol's pings, so it sends a request that must be answered.
  beating = setInterval(() => {
    expectAnswer(current)
    say('notifications:list', { limit: 1, unread: true })
  }, 25000)
}

function receive(event, data) {
  if (event === 'support:ticket:changed') {
    if (data.change === 'missed') tell('missed')
    else tell('ticket', { key: String(data.support_id), ...data })
  } else if (event.startsWith('support:ticket:')) tell('notified', { event, data })
  else if (event === 'notifications:changed' || event === 'notifications:read') {
    if (!data.error) tell('unread', data.unread)
  } else if (event === 'ticket:viewers' || event === 'ticket:view') {
    if (!data.error) tell('viewers', data)
  } else if (event === 'fleet:command:finished') tell('command', data)
  else if (event === 'notifications:digest' || event === 'notifications:gap') tell(event, data)
}

/** Sends if it can; returns whether it did. */
export function say(event, data) {
  if (!isLive) return false
  socket.send(JSON.stringify({ event, data }))
  return true
}

function expectAnswer(current) {
  clearTimeout(waiting)
  waiting = setTimeout(() => socket === current && drop(), 10000)
}

export function disconnect() {
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
  show(false)
  reconnecting = setTimeout(connect, delay)
  // A request tells at once whether the station has stopped or only this connection has ended.
  if (tries === 1) api('GET', '/auth/me').catch(() => {})
}

function show(now) {
  lostAt = now ? null : lostAt ?? new Date()
  isLive = now
  tell('live', now)
}

/** Refreshes at once: a hidden page may have been throttled or its connection cut. */
export function wake() {
  if (!session || document.hidden) return
  renew()
  if (isLive) tell('missed')
  else connect()
}
document.addEventListener('visibilitychange', wake)

/** Disconnects a page that goes to sleep, as its browser's pongs would count notifications as seen. */
function rest() {
  if (!session) return
  disconnect()
  show(false)
}
document.addEventListener('freeze', rest)
addEventListener('pagehide', rest)
addEventListener('pageshow', (event) => event.persisted && wake())
addEventListener('online', wake)
addEventListener('offline', () => session && socket && drop())
setInterval(wake, 60000)

on('signedOut', () => {
  disconnect()
  isLive = false
  tries = 0
  lostAt = null
})
// The live connection would end with the old token.
on('renewed', () => say('auth:refresh', { token: session.token }))
