// People and stations by name. Numbers are for machines.

import { api } from './api.js'
import { tell } from './bus.js'
import { isAdmin, myID, session } from './session.js'
import { t } from './text.js'

const people = new Map()
export let stations = []
/** The members of the fleet, on a central server; null on a station. */
export let members = null

/** Remembers a person; a part of what is known of them is enough. */
export function learn(person) {
  if (person?.user_id && person.username) people.set(person.user_id, { ...people.get(person.user_id), ...person })
}

export const nameOf = (id) => (id === myID() ? t('you') : people.get(id)?.username ?? t('somebody'))
export const stationName = (id) => stations.find((each) => each.station_id === id)?.name ?? t('unknownStation')
export const memberName = (id) =>
  members?.find((each) => String(each.station_id) === String(id))?.name ?? t('stationNumber', { id: String(id) })
export const stationChoices = (none) => [['', none], ...stations.map((each) => [each.station_id, each.name])]

const byName = (list) => list.sort((a, b) => a.username.localeCompare(b.username))

/** All who may sign in, by name. */
export const everybody = () => byName([...people.values()].filter((each) => each.active !== false))

/** Those to whom work can be given, as choices; at a station, those who can see its tickets. */
export const assignees = (station) => everybody().filter(({ role, station_id: workplace }) =>
  role === 'admin' || (role === 'station_staff' && (!station || !workplace || workplace === station)))
  .map((each) => [each.user_id, each.username])

export async function loadNames() {
  learn(session.user)
  const list = (path) => api('GET', path).then(({ data }) => data, () => null)
  const settings = isAdmin() && members === null ? await list('/settings') : null
  const isCentral = members ?? settings?.some((each) => each.name === 'central.enabled' && each.value)
  const [known, users, fleet] = await Promise.all([
    list('/stations'), isAdmin() ? list('/users') : null, isCentral ? list('/fleet') : null,
  ])
  if (!session) return
  stations = known ?? stations
  for (const user of users ?? []) learn(user)
  members = fleet ?? members
  tell('names')
}

export function forgetNames() {
  people.clear()
  stations = []
  members = null
}
