// What the list shows, as it stands in the address: #/tickets?status=open&priority=urgent&sort=oldest

import { members } from './people.js'
import { isDriver } from './session.js'
import { now } from './text.js'
import { keyOf } from './tickets.js'

export const statuses = ['open', 'in_progress', 'closed']
export const priorities = ['urgent', 'high', 'medium', 'low']
export const types = ['battery_issue', 'station_issue', 'other']
/** Ages by name: since when, or until when, in hours. */
export const ages = { new24: 24, new168: 168, old4: 4, old24: 24, old168: 168 }

/** Filters that may have several values. */
export const many = ['status', 'priority', 'type', 'station_id', 'assignee_id', 'user_id']
/** Those of a gap's query. */
const ranges = ['support_id_min', 'support_id_max', 'changed_after']

/** What is shown without a query: the work to do, or all of a driver's tickets. */
const usual = () => (isDriver() ? 'status=&sort=newest' : 'status=open&status=in_progress')

export function parse(query) {
  const search = new URLSearchParams(query || usual())
  const filter = { q: search.get('q') ?? '', age: search.get('age') ?? '',
    of: search.get('of') ?? (members ? 'fleet' : '') }
  for (const name of many) filter[name] = search.getAll(name).flatMap((each) => each.split(',')).filter(Boolean)
  for (const name of ranges) filter[name] = search.get(name) ?? ''
  filter.sort = orders[search.get('sort')] ? search.get('sort') : 'urgent_first'
  return filter
}

function search(filter, names, without) {
  const found = new URLSearchParams()
  for (const name of many) if (name !== without) for (const value of filter[name]) found.append(name, value)
  for (const name of names) if (filter[name]) found.set(name, filter[name])
  return found
}

/** The query of the address. */
export function format(filter) {
  const found = search(filter, [...ranges, 'q', 'age', 'of'])
  if (!filter.status.length) found.append('status', '')
  if (members && !filter.of) found.set('of', '')
  if (filter.sort !== 'urgent_first') found.set('sort', filter.sort)
  return String(found)
}

/** Lists of the fleet have one order. */
export const orderOf = (filter) => orders[filter.of ? 'newest' : filter.sort]

/** A request for what the filter finds: its tickets, their counts or a file of them. */
export function request(filter, what, limit) {
  const found = search(filter, [...ranges, 'q'], what === '/counts' && 'status')
  if (ages[filter.age]) {
    const moment = new Date(now() - ages[filter.age] * 3600000).toISOString()
    found.set(filter.age.startsWith('new') ? 'created_after' : 'created_before', moment)
  }
  if (what !== '/counts') {
    found.set('sort', filter.of ? 'newest' : filter.sort)
    found.set('limit', limit)
  }
  return (filter.of === 'fleet' ? '/fleet/support' : filter.of ? `/stations/${filter.of}/support` : '/support')
    + what + '?' + found
}

/** Whether a ticket is among those shown; null if only the station can say. */
export function matches(filter, ticket) {
  const fleet = ticket.fleet_station_id
  if (filter.of === 'fleet' ? !fleet : String(fleet ?? '') !== filter.of) return false
  const isWanted = (name) => !filter[name].length || filter[name].includes(String(ticket[name] ?? 'none'))
  const isNew = now() - Date.parse(ticket.created_at) < ages[filter.age] * 3600000
  if (!many.every(isWanted) || (filter.age && isNew !== filter.age.startsWith('new'))) return false
  return filter.q || ranges.some((name) => filter[name]) ? null : true
}

const byNumber = (a, b) => a.support_id - b.support_id || keyOf(a).localeCompare(keyOf(b))
const byAge = (a, b) => a.created_at.localeCompare(b.created_at) || byNumber(a, b)
const rank = (ticket) => priorities.indexOf(ticket.priority)

/** The station's orders, to find the place of a ticket that arrives. */
export const orders = {
  urgent_first: (a, b) => rank(a) - rank(b) || byNumber(a, b),
  oldest: byNumber,
  newest: (a, b) => (a.fleet_station_id ? byAge(b, a) : byNumber(b, a)),
  changed: (a, b) => b.updated_at.localeCompare(a.updated_at) || byNumber(b, a),
}
