// Requests to the station.

import { tell } from './bus.js'
import { session, signOut } from './session.js'
import { setClock, t } from './text.js'

export class Failure extends Error {
  constructor(status, message, wait) {
    super(message)
    this.status = status
    this.wait = wait
  }

  /** Whether the same request may succeed later: no line, too much at once, or no room. */
  get passes() {
    return [0, 408, 429, 500, 502, 503, 504, 507].includes(this.status)
  }
}

export const station = { reachable: true, full: false }

export function sawStation(change) {
  const isNews = Object.keys(change).some((name) => station[name] !== change[name])
  Object.assign(station, change)
  if (isNews) tell('state')
}

/** Returns `{data, fields}`; throws a Failure whose message is for the user. */
export async function api(method, path, body, fields = {}) {
  const headers = { ...fields }
  if (session) headers.Authorization = 'Bearer ' + session.token
  if (body) headers['Content-Type'] = 'application/json'
  let response, data
  try {
    response = await fetch('/api/v1' + path, {
      method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30000), cache: 'no-store',
    })
    data = await (/csv/.test(response.headers.get('Content-Type')) ? response.blob() : response.json().catch(() =>
      null))
  } catch {
    sawStation({ reachable: false })
    throw new Failure(0, t('unreachable'))
  }
  const date = Date.parse(response.headers.get('Date'))
  if (date) setClock(date)
  // A proxy in front of a station that has stopped answers in its place.
  sawStation({ reachable: ![502, 504].includes(response.status) })
  // 507 may also mean that one kind of thing is too much; whether the disk is full is another question.
  if (response.status === 507) checkReady()
  if (response.ok) return { data, fields: response.headers }
  if (response.status === 401 && headers.Authorization === 'Bearer ' + session?.token && path !== '/auth/password') {
    signOut(t('sessionEnded'))
  }
  const text = [data?.message ?? t('stationAnswered', { status: String(response.status) })].flat().join('. ')
  const count = Number(response.headers.get('Retry-After'))
  throw new Failure(response.status, count ? `${text}. ${t('waitSeconds', { count })}` : text, count)
}

let checking

/** Asks whether the station accepts changes: with each connection, after a 507, and as long as it does not. */
export async function checkReady() {
  clearTimeout(checking)
  const answer = await fetch('/readyz', { cache: 'no-store' }).then((found) => found.json()).catch(() => null)
  if (answer) sawStation({ full: answer.status === 'read-only' })
  if (station.full && session) checking = setTimeout(checkReady, 10000)
}

/** The path of the next page of a list, or null. */
export const nextPage = (fields) => /<[^>]*\/api\/v1([^>]+)>;\s*rel="next"/.exec(fields.get('Link') ?? '')?.[1]
