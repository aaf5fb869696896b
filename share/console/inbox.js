// The user's notifications: how many are unread, what to show of one that arrives, and what was missed.

import { alarm } from './alarm.js'
import { api } from './api.js'
import { on, tell } from './bus.js'
import { attempt, button, byID, el, fault, row, setText } from './dom.js'
import { say } from './live.js'
import { memberName } from './people.js'
import { go } from './route.js'
import { session } from './session.js'
import { toast } from './shell.js'
import { shortMoment, t } from './text.js'

/** What a notification says, in the language of the page. */
export function sentence({ type, data, message }) {
  const key = type.replace('support_ticket_', 'n_')
  const author = /^(.*?) (?:commented on|đã bình luận về) /.exec(message)?.[1]
  const text = t(key, { number: '#' + data.support_id, name: author ?? data.by ?? data.username })
  return (data.fleet_station_id ? memberName(data.fleet_station_id) + ': ' : '') + (text === key ? message : text)
}

/** What it is about: priority, station, and description or comment. */
export const about = ({ type, data, priority }) => [/created|escalated/.test(type) && t(priority), data.station_name,
  data.comment ?? data.description].filter(Boolean).join(' · ')

/** The number of unread ones; null until it is known. */
let unread = null
let run = 0

export async function countUnread() {
  const mine = ++run
  const { data } = await api('GET', '/notifications/unread-count').catch(() => ({}))
  // A count that the live connection brings meanwhile is newer than the answer.
  if (data && session && mine === run) tell('unread', data.count)
}

on('unread', (count) => {
  run++
  unread = count
  if (!count) away.dismiss()
})

export async function markRead(...ids) {
  if (!ids.length || say('notifications:read', { ids: ids.slice(0, 1000) })) return
  for (const id of ids.slice(0, 20)) {
    await api('PATCH', '/notifications/' + encodeURIComponent(id), { read: true }).catch(() => {})
  }
  countUnread()
}

export async function markAllRead() {
  const { data } = await api('POST', '/notifications/read-all')
  tell('unread', data.count)
}

/** Marks the alerts of a ticket as read: its reader has it before their eyes. */
export async function readTicket(key) {
  if (unread === 0 || document.hidden || key.includes('/')) return
  const { data } = await api('GET', '/notifications?unread=true&limit=1000').catch(() => ({ data: [] }))
  markRead(...data.filter((each) => String(each.data.support_id) === key).map((each) => each.id))
}

let counting
function countSoon() {
  clearTimeout(counting)
  counting = setTimeout(() => session && countUnread(), 1000)
}
on('missed', countSoon)

on('notified', (notification) => {
  const news = away.note(notification)
  countSoon()
  if (news === 'repeated' || notification.replayed) return
  const isNew = notification.type === 'support_ticket_created'
  const text = sentence(notification) + (isNew ? ` (${t(notification.priority)})` : '')
  if (news === 'new') toast(text)
  if (!/noted|deleted/.test(notification.type)) alarm(notification, text)
})

// MARK: While you were away

/** So many alerts are listed at first. */
export const alertCount = 100
const none = () => ({ count: 0, urgent: 0 })

/** Sums up the missed notifications in one line. Ids rise, so a repeated notification is known by its number. */
export const away = {
  ids: new Set(), came: none(), ahead: none(),

  forget() {
    unread = null
    this.latest = 0
    this.ids = new Set()
    this.gap = null
    this.dismiss()
  },

  /** Also hides what this connection has yet to replay. */
  dismiss() {
    this.isDismissed = true
    this.came = none()
    this.ahead = none()
    this.since = null
    this.show()
  },

  /** Says of a notification whether it is `new`, `repeated`, or was `missed` by the page or its user. */
  note({ id, replayed, priority, timestamp }) {
    const dash = id.lastIndexOf('-')
    const [epoch, sequence] = [id.slice(0, dash), Number(id.slice(dash + 1))]
    if (!replayed) this.ahead = none()
    else if (this.ahead.count) this.add(this.ahead, priority, -1)
    this.timer ??= setTimeout(() => this.show(), 300)
    if (epoch === this.epoch && sequence <= this.latest) return 'repeated'
    this.epoch = epoch
    this.latest = sequence
    if (!replayed && !document.hidden) return 'new'
    this.ids.add(id)
    // No more ids are needed than the list of alerts can show.
    if (this.ids.size > alertCount) this.ids.delete(this.ids.values().next().value)
    if (this.isDismissed) return 'missed'
    this.add(this.came, priority, 1)
    this.since ??= timestamp
    return 'missed'
  },

  add(sum, priority, count) {
    sum.count += count
    if (priority === 'urgent') sum.urgent += count
  },

  show() {
    clearTimeout(this.timer)
    this.timer = null
    if (!byID('away')) return
    if (!byID('away').firstChild) this.make()
    const count = this.came.count + this.ahead.count
    const urgent = this.came.urgent + this.ahead.urgent
    const text = [t('notificationCount', { count }), urgent && t('urgentCount', { count: urgent }),
      this.since && t('since', { since: shortMoment(this.since) })].filter(Boolean).join(', ')
    setText(byID('away-text'), count ? `${t('awayTitle')}: ${text}` : '')
    setText(byID('gap').firstChild, this.gap ? t('gapCount', { count: this.gap.count }) : '')
    byID('away-urgent').hidden = !urgent
    byID('away-all').hidden = !count
    byID('gap').hidden = !this.gap
    byID('away').hidden = !count && !this.gap
  },

  make() {
    const problem = fault()
    byID('away').append(el('p', { id: 'away-text', role: 'status' }),
      el('p', { id: 'gap', hidden: true }, el('span', { role: 'status' }), ' ', button(t('showTheseTickets'),
        () => go('#/tickets?status=&sort=newest&' + new URL(this.gap.query, location.origin).searchParams))), problem,
      row(button(t('showUrgent'), () => go('#/tickets?status=open&status=in_progress&priority=urgent'),
        { id: 'away-urgent' }),
        button(t('markAllRead'), () => attempt(byID('away'), problem, markAllRead), { id: 'away-all' }),
        button(t('dismiss'), () => {
          this.gap = null
          this.dismiss()
        })))
  },
}

on('live', (isLive) => {
  if (!isLive) return
  // A new connection replays whatever the previous one had yet to bring.
  away.isDismissed = false
  away.ahead = none()
})
/** A digest: this many notifications will follow. */
on('notifications:digest', ({ count, by_priority: { urgent }, oldest }) => {
  away.ahead = { count, urgent }
  away.since ??= oldest
  away.show()
})
/** A gap: this many notifications will not come. */
on('notifications:gap', (gap) => {
  away.gap = gap
  away.show()
})
