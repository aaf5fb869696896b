// What the list shows, as it stands in the address: #/tickets?status=open&priority=urgent&sort=oldest

import { members } from './people.js'
import { isDriver } from './session.js'
import { now } from './text.js'
import { keyOf } from './tickets.js'

export const statuses = ['open', 'in_progress', 'closed']
export const priorities = ['urgent', 'high', 'medium', 'low']
export const types = ['battery_issue', 'station_issue', 'other']
export const sorts = ['urgent_first', 'oldest', 'newest', 'changed']
/** Ages by name: since when, or until when, in hours. */
export const ages = { new24: 24, new168: 168, old4: 4, old24: 24, old168: 168 }

/** Filters that may have several values. */
export const many = ['status', 'priority', 'type', 'station_id', 'assignee_id', 'user_id']
/** Those that the station's own queries have, such as that of a gap. */
const ranges = ['support_id_min', 'support_id_max', 'changed_after', 'created_after', 'created_before']

/** What is shown without a query: the work to do, or all of a driver's tickets. */
export const usual = () => (isDriver() ? 'status=&sort=newest' : 'status=open&status=in_progress')

export function parse(query) {
  const search = new URLSearchParams(query || usual())
  const filter = {}
  for (const name of many) filter[name] = search.getAll(name).flatMap((each) => each.split(',')).filter(Boolean)
  for (const name of ranges) if (search.get(name)) filter[name] = search.get(name)
  filter.q = search.get('q') ?? ''
  filter.age = ages[search.get('age')] ? search.get('age') : ''
  filter.sort = sorts.includes(search.get('sort')) ? search.get('sort') : 'urgent_first'
  filter.of = search.get('of') ?? (members ? 'fleet' : '')
  return filter
}

/** The query of the address. */
export function format(filter) {
  const search = new URLSearchParams()
  for (const name of many) for (const value of filter[name]) search.append(name, value)
  if (!filter.status.length) search.append('status', '')
  for (const name of [...ranges, 'q', 'age', 'of']) if (filter[name]) search.set(name, filter[name])
  if (members && !filter.of) search.set('of', '')
  if (filter.sort !== 'urgent_first') search.set('sort', filter.sort)
  return String(search)
}

/** Fleet lists have one order. */
export const sortOf = (filter) => (filter.of ? 'newest' : filter.sort)

/** The path of the list at the station, and that of its counts. */
export function request(filter, { limit, without } = {}) {
  const search = new URLSearchParams()
  for (const name of many) if (name !== without) for (const value of filter[name]) search.append(name, value)
  for (const name of [...ranges, 'q']) if (filter[name]) search.set(name, filter[name])
  if (filter.age) {
    const moment = new Date(now() - ages[filter.age] * 3600000).toISOString()
    search.set(filter.age.startsWith('new') ? 'created_after' : 'created_before', moment)
  }
  if (without) return '/support/counts?' + search
  search.set('sort', sortOf(filter))
  search.set('limit', limit)
  const path = filter.of === 'fleet' ? '/fleet/support' : filter.of ? `/stations/${filter.of}/support` : '/support'
  return path + '?' + search
}

/** Whether a ticket is among those shown; null if only the station can say. */
export function matches(filter, ticket) {
  const fleet = ticket.fleet_station_id
  if (filter.of === 'fleet' ? !fleet : String(fleet ?? '') !== filter.of) return false
  const one = (name, value) => !filter[name].length || filter[name].includes(String(value ?? 'none'))
  if (!many.every((name) => one(name, ticket[name]))) return false
  if (filter.age) {
    const isNew = now() - Date.parse(ticket.created_at) < ages[filter.age] * 3600000
    if (isNew !== filter.age.startsWith('new')) return false
  }
  return filter.q || ranges.some((name) => filter[name]) ? null : true
}

const rank = (ticket) => priorities.indexOf(ticket.priority)
const byNumber = (a, b) => a.support_id - b.support_id || keyOf(a).localeCompare(keyOf(b))
const byAge = (a, b) => a.created_at.localeCompare(b.created_at) || byNumber(a, b)

/** The station's orders, for one ticket that arrives. */
export const orders = {
  newest: (a, b) => (a.fleet_station_id ? byAge(b, a) : byNumber(b, a)),
  oldest: byAge,
  urgent_first: (a, b) => rank(a) - rank(b) || byAge(a, b),
  changed: (a, b) => b.updated_at.localeCompare(a.updated_at) || byNumber(b, a),
}

/** The number of filters besides the status. */
export const narrowness = (filter) =>
  many.slice(1).reduce((sum, name) => sum + filter[name].length, 0) + (filter.age ? 1 : 0)
  + ranges.filter((name) => filter[name]).length
