// The live connection: a plain WebSocket, the same that every other client may use.

import { api, sawStation } from './api.js'
import { on, tell } from './bus.js'
import { safely } from './kept.js'
import { renew, session } from './session.js'

let socket = null
let reconnecting, beating, waiting

/** `lostAt` is when the connection was lost, `tries` how often it was tried since. */
export const line = { isLive: false, lostAt: null, tries: 0 }

export function connect() {
  disconnect()
  if (!session) return
  const current = socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/notifications')
  show(false)
  expectAnswer(current)
  current.onopen = () => current.send(JSON.stringify({ event: 'auth', data: { token: session.token } }))
  current.onmessage = (message) => {
    const { event, data } = safely(() => JSON.parse(message.data)) ?? {}
    clearTimeout(waiting)
    if (event === 'connected') begin(current)
    else if (event && !data?.error) receive(event, data)
  }
  current.onclose = ({ code }) => {
    if (socket !== current) return
    drop()
    // 1008: the station does not accept the token; a request shows whether the session has ended.
    if (code === 1008) api('GET', '/auth/me').catch(() => {})
  }
}

function begin(current) {
  line.tries = 0
  sawStation({ reachable: true })
  show(true)
  // A page does not see the protocol's pings, so it sends a request that must be answered.
  beating = setInterval(() => {
    expectAnswer(current)
    say('notifications:list', { limit: 1, unread: true })
  }, 25000)
}

function receive(event, data) {
  if (data?.change === 'missed') tell('missed')
  else if (event === 'support:ticket:changed') tell('ticket', { key: String(data.support_id), ...data })
  else if (event.startsWith('support:ticket:')) tell('notified', { event, ...data })
  else if (event === 'notifications:changed' || event === 'notifications:read') tell('unread', data.unread)
  else if (event.startsWith('ticket:view')) tell('viewers', data)
  else if (event === 'fleet:command:finished') tell('command', data)
  else tell(event, data)
}

/** Sends if it can; returns whether it did. */
export function say(event, data) {
  if (line.isLive) socket.send(JSON.stringify({ event, data }))
  return line.isLive
}

function expectAnswer(current) {
  clearTimeout(waiting)
  waiting = setTimeout(() => socket === current && drop(), 10000)
}

function disconnect() {
  for (const timer of [reconnecting, waiting, beating]) clearTimeout(timer)
  const old = socket
  socket = null
  if (old) old.onopen = old.onmessage = old.onclose = null
  old?.close()
}

/** Closes this connection and plans the next: after 1, 2, 4 … 30 seconds, less a random part of up to half. */
function drop() {
  disconnect()
  reconnecting = setTimeout(connect, Math.min(30000, 1000 * 2 ** line.tries++) * (1 - Math.random() / 2))
  show(false)
  // A request tells at once whether the station has stopped or only this connection has ended.
  if (line.tries === 1) api('GET', '/auth/me').catch(() => {})
}

function show(isLive) {
  line.lostAt = isLive ? null : line.lostAt ?? new Date()
  line.isLive = isLive
  tell('live', isLive)
}

/** Refreshes at once: a hidden page may have been throttled or its connection cut. */
export function wake() {
  if (!session || document.hidden) return
  renew()
  if (line.isLive) tell('missed')
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
  Object.assign(line, { isLive: false, lostAt: null, tries: 0 })
})
// The live connection would end with the old token.
on('renewed', () => say('auth:refresh', { token: session.token }))
