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

/** What the page knows of the station: reachable or not, and whether its disk is full. */
export const station = { reachable: true, full: false }

export function sawStation(change) {
  const before = JSON.stringify(station)
  Object.assign(station, change)
  if (JSON.stringify(station) !== before) tell('state', station)
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
    data = await response.json().catch(() => null)
  } catch {
    sawStation({ reachable: false })
    throw new Failure(0, t('unreachable'))
  }
  const date = Date.parse(response.headers.get('Date'))
  if (!Number.isNaN(date)) setClock(date)
  // A proxy in front of a station that has stopped answers in its place.
  sawStation({ reachable: ![502, 504].includes(response.status) })
  if (response.status === 507) sawStation({ full: true })
  else if (response.ok && method !== 'GET') sawStation({ full: false })
  if (response.ok) return { data, fields: response.headers }
  if (response.status === 401 && headers.Authorization === 'Bearer ' + session?.token && path !== '/auth/password') {
    signOut(t('sessionEnded'))
  }
  const text = [data?.message ?? t('stationAnswered', { status: String(response.status) })].flat().join('. ')
  const wait = Number(response.headers.get('Retry-After')) || 0
  throw new Failure(response.status, wait ? `${text} ${t('waitSeconds', { count: wait })}` : text, wait)
}

/** All pages of a list, up to a number of them. */
export async function all(path, pages = 10) {
  const found = []
  for (let next = path; next && pages--;) {
    const { data, fields } = await api('GET', next)
    found.push(...data)
    next = nextPage(fields)
  }
  return found
}

/** The path of the next page of a list, or null. */
export function nextPage(fields) {
  const found = /<([^>]+)>;\s*rel="next"/.exec(fields.get('Link') ?? '')
  if (!found) return null
  const url = new URL(found[1], location.origin)
  return (url.pathname + url.search).replace('/api/v1', '')
}
