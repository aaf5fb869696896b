// People and stations by name. Numbers are for machines.

import { all, api } from './api.js'
import { tell } from './bus.js'
import { isAdmin, myID, session } from './session.js'
import { t } from './text.js'

const people = new Map()
export let stations = []
/** The members of the fleet, on a central server; null on a station. */
export let members = null

/** Remembers a person; a part of what is known of them is enough. */
export function learn(person) {
  if (!person?.user_id || !person.username) return
  people.set(person.user_id, { ...people.get(person.user_id), ...person })
}

export const personOf = (id) => people.get(id)

export function nameOf(id) {
  if (id === myID()) return t('you')
  return people.get(id)?.username ?? t('somebody')
}

export const stationName = (id) => stations.find((each) => each.station_id === id)?.name ?? t('unknownStation')
export const memberName = (id) =>
  members?.find((each) => String(each.station_id) === String(id))?.name ?? t('stationNumber', { id: String(id) })

/** Those to whom work can be given, by name. */
export const assignees = (station) => [...people.values()]
  .filter((each) => each.active !== false && (each.role === 'admin'
    || (each.role === 'station_staff' && (!station || !each.station_id || each.station_id === station))))
  .sort((a, b) => a.username.localeCompare(b.username))

/** Those whose name, address or telephone number has the text. */
export function findPeople(text) {
  const wanted = plain(text)
  const digits = text.replace(/\D/g, '')
  return [...people.values()].filter((each) => each.active !== false && (plain(each.username).includes(wanted)
    || plain(each.email ?? '').includes(wanted)
    || (digits.length > 2 && (each.phone ?? '').replace(/\D/g, '').includes(digits))))
    .sort((a, b) => a.username.localeCompare(b.username))
}

/** Letters without their marks, as the station's own search reads them. */
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase()

export async function loadNames() {
  learn(session.user)
  const list = (work) => work.catch(() => null)
  const [known, users, fleet] = await Promise.all([
    list(api('GET', '/stations')),
    session.user.role === 'driver' ? null : list(all(isAdmin() ? '/users' : '/people')),
    isAdmin() ? list(api('GET', '/fleet')) : null,
  ])
  if (!session) return
  if (known) stations = known.data
  for (const user of users ?? []) learn(user)
  if (fleet) members = fleet.data
  tell('names')
}

export function forgetNames() {
  people.clear()
  stations = []
  members = null
}
