// Who is signed in. The address survives it: a link that needs a session opens after signing in.

import { api } from './api.js'
import { tell } from './bus.js'
import { keepOnDevice, safely } from './kept.js'

const storageKey = 'station-desk-session'

export let session = null
export const isAdmin = () => session?.user.role === 'admin'
export const isDriver = () => session?.user.role === 'driver'
export const myID = () => session?.user.user_id

export function keep(answer, stay) {
  session = { token: answer.access_token, user: answer.user, stay, renewAt: Date.now() + answer.expires_in * 500 }
  store()
}

function store() {
  keepOnDevice(session.stay)
  safely(() => (session.stay ? localStorage : sessionStorage).setItem(storageKey, JSON.stringify(session)))
}

export function resume() {
  session = safely(() => JSON.parse(sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey)))
  if (session) keepOnDevice(session.stay)
}

/** Renews the token after half of its lifetime. */
export async function renew() {
  if (!session || Date.now() < session.renewAt) return
  const { stay } = session
  await api('POST', '/auth/refresh').then(({ data }) => {
    keep(data, stay)
    tell('renewed')
  }, () => {})
}

/** Learns what an administrator has changed of this user meanwhile. */
export async function learnMe() {
  const { data } = await api('GET', '/auth/me')
  Object.assign(session.user, data)
  store()
}

/** Ends the session here. Without a reason its user asked for that, and nothing is left behind. */
export function signOut(reason) {
  if (!session) return
  session = null
  safely(() => sessionStorage.removeItem(storageKey))
  safely(() => localStorage.removeItem(storageKey))
  tell('signedOut', reason)
}

addEventListener('storage', (event) => {
  if (event.key === storageKey && !event.newValue && session?.stay) signOut('')
})
