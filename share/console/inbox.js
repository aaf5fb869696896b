// The user's notifications: how many are unread, what to show of one that arrives, and what was missed.

import { api } from './api.js'
import { alarm, showCount } from './alarm.js'
import { on, tell } from './bus.js'
import { attempt, byID, button, el, fault, row, setText } from './dom.js'
import { say } from './live.js'
import { memberName } from './people.js'
import { session } from './session.js'
import { toast } from './shell.js'
import { shortMoment, t, word } from './text.js'

/** What a notification says, in the language of the page. */
export function sentence({ type, data, message }) {
  const kind = type.replace('support_ticket_', '')
  const known = ['created', 'updated', 'resolved', 'deleted', 'commented', 'escalated'].includes(kind)
  const isMine = data.user_id === session.user.user_id || kind === 'deleted'
  const author = /^(.*?) (?:commented on|đã bình luận về) /.exec(message)?.[1]
  const values = { number: '#' + data.support_id, name: kind === 'commented' ? author ?? '' : data.username ?? '' }
  const text = known ? t(`n_${kind}${isMine && kind !== 'commented' && kind !== 'created' ? '_mine' : ''}`, values)
    : message
  return data.fleet_station_id ? `${memberName(data.fleet_station_id)}: ${text}` : text
}

/** What it is about: description or comment, station, priority. */
export const about = ({ type, data, priority }) => [
  type === 'support_ticket_created' ? word(priority) : null, data.station_name, data.comment ?? data.description,
].filter(Boolean).join(' · ')

let unread = 0
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
  showCount(count)
  if (!count) away.dismiss()
})

export const recount = () => showCount(unread)

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

/** Marks the alerts of a ticket as read, since its reader has it before their eyes. */
export async function readTicket(key) {
  if (key.includes('/') || !unread) return
  const { data } = await api('GET', '/notifications?unread=true&limit=1000').catch(() => ({ data: [] }))
  markRead(...data.filter((each) => String(each.data.support_id) === key).map((each) => each.id))
}

on('notified', ({ data: notification }) => {
  const news = away.note(notification)
  countSoon()
  if (news === 'repeated' || notification.replayed) return
  const urgency = notification.type === 'support_ticket_created' ? ` (${word(notification.priority)})` : ''
  const text = sentence(notification) + urgency
  if (news === 'new') toast(text)
  alarm(notification, text)
})

let counting = null
function countSoon() {
  counting ??= setTimeout(() => {
    counting = null
    if (session) countUnread()
  }, 1000)
}
on('missed', countSoon)

// MARK: While you were away

const none = () => ({ count: 0, urgent: 0 })
/** The alerts list shows this many at first. */
export const alertCount = 100

/** Sums up the missed notifications in one line. Ids rise, so a repeated notification is known by its number. */
export const away = {
  ids: new Set(), came: none(), ahead: none(), since: null, gap: null, latest: 0, epoch: null,

  forget() {
    this.epoch = null
    this.latest = 0
    this.ids = new Set()
    this.gap = null
    unread = 0
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

  /** A new connection replays whatever the previous one had yet to bring. */
  begin() {
    this.isDismissed = false
    this.ahead = none()
  },

  /** Says of a notification whether it is `new`, `repeated`, or was `missed` by the page or its user. */
  note({ id, replayed, priority, timestamp }) {
    const dash = id.lastIndexOf('-')
    const [epoch, sequence] = [id.slice(0, dash), Number(id.slice(dash + 1))]
    if (replayed && this.ahead.count) this.add(this.ahead, priority, -1)
    if (!replayed) this.ahead = none()
    this.timer ??= setTimeout(() => this.show(), 300)
    if (epoch === this.epoch && sequence <= this.latest) return 'repeated'
    this.epoch = epoch
    this.latest = sequence
    if (!replayed && !document.hidden) return 'new'
    this.ids.add(id)
    // No more ids are needed than the alerts list can show.
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
    const parts = [t('notificationCount', { count })]
    if (urgent) parts.push(t('urgentCount', { count: urgent }))
    if (this.since) parts.push(t('since', { since: shortMoment(this.since) }))
    setText(byID('away-text'), count ? `${t('awayTitle')}: ${parts.join(', ')}` : '')
    setText(byID('gap-text'), this.gap ? t('gapCount', { count: this.gap.count }) : '')
    byID('away-urgent').hidden = !urgent
    byID('away-all').hidden = !count
    byID('gap').hidden = !this.gap
    byID('away').hidden = !count && !this.gap
  },

  make() {
    const problem = fault()
    byID('away').append(el('p', { id: 'away-text', role: 'status' }),
      el('p', { id: 'gap', hidden: true }, el('span', { id: 'gap-text', role: 'status' }), ' ',
        button(t('showTheseTickets'), () => {
          const query = new URL(this.gap.query, location.origin).searchParams
          location.hash = '#/tickets?status=&sort=newest&' + query
        })),
      problem,
      row(button(t('showUrgent'), () => (location.hash = '#/tickets?status=open&status=in_progress&priority=urgent'),
        { id: 'away-urgent' }),
      button(t('markAllRead'), () => attempt(byID('away'), problem, markAllRead), { id: 'away-all' }),
      button(t('dismiss'), () => {
        this.gap = null
        this.dismiss()
      })))
  },
}

on('live', (isLive) => isLive && away.begin())
/** A digest: this many notifications will follow. */
on('notifications:digest', ({ count, by_priority: priority, oldest }) => {
  away.ahead = { count, urgent: priority.urgent }
  away.since ??= oldest
  away.show()
})
/** A gap: this many notifications will not come. */
on('notifications:gap', (gap) => {
  away.gap = gap
  away.show()
})
