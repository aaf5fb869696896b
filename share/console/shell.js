// What surrounds every view: the bar with the navigation, the notices, and short messages.

import { api, checkReady, station } from './api.js'
import { on } from './bus.js'
import { ask, button, byID, el, link, mark, setText } from './dom.js'
import { draftCount } from './drafts.js'
import { line, wake } from './live.js'
import { queued } from './outbox.js'
import { members } from './people.js'
import { isAdmin, isDriver, signOut } from './session.js'
import { clock, t } from './text.js'

/** Shows a short message, which screen readers read out. */
export function toast(text) {
  clearTimeout(toast.timer)
  byID('toast').textContent = text
  toast.timer = setTimeout(() => (byID('toast').textContent = ''), 6000)
}

/** The places of the navigation: the first ones always, the others in a sheet on a phone. */
const places = () => ['users', 'stations', 'answers', 'statistics', 'status', 'fleet'].filter((place) => (
  ['answers', 'statistics'].includes(place) ? !isDriver() : place === 'fleet' ? members : isAdmin()))
const item = (place, ...more) => link('#/' + place, t('p_' + place), { 'data-place': place, 'data-key': place,
  ...more[0] })

function navigation() {
  const alerts = item('alerts')
  alerts.append(el('span.badge', { id: 'unread', hidden: true }))
  return el('nav', { id: 'nav', 'aria-label': t('mainNavigation') }, item('tickets'), alerts, item('new',
    { class: 'narrow' }),
    button(t('more'), () => openSheet(byID('sheet').dataset.open !== 'true'),
      { id: 'more', class: 'narrow', 'aria-expanded': 'false', 'aria-controls': 'sheet' }),
    el('div', { id: 'sheet' }, ...places().map((place) => item(place)), item('account')))
}

function openSheet(isOpen) {
  byID('sheet').dataset.open = isOpen
  byID('more').setAttribute('aria-expanded', isOpen)
}

/** Signs out; what was typed and not sent goes only if its author says so. The token ends too. */
export async function leave() {
  if ((queued().length || draftCount()) && !await ask(t('unsentTitle'), t('unsentText'), t('signOutAnyway'))) return
  api('POST', '/auth/logout').catch(() => {})
  signOut()
}

export function makeShell() {
  byID('app').replaceChildren(el('div', { id: 'desk', 'data-view': 'list' },
    button(t('skip'), () => document.querySelector('main h1:not([hidden] *)')?.focus(), { class: 'skip' }),
    el('header.bar', link('#/tickets', t('title'), { class: 'home' }), el('p.live', { id: 'live', role: 'status' }),
      navigation()),
    el('div', { id: 'notices' },
      el('p.notice', { id: 'stale', role: 'alert', hidden: true }, el('span'), button(t('tryNow'), wake)),
      el('p.notice', { id: 'full', role: 'alert', hidden: true }),
      el('p.notice', { id: 'queue', role: 'status', hidden: true }, el('span'), link('#/waiting', t('show'),
        { class: 'button' })),
      el('section.notice', { id: 'away', 'aria-label': t('awayTitle'), hidden: true })),
    el('main.panes', el('section', { id: 'list', 'aria-labelledby': 'list-title' }), el('section', { id: 'detail' }))))
  showLine()
  showQueue()
}

/** Renews the navigation by what is known now, such as the fleet. */
on('names', () => {
  if (!byID('desk') || byID('nav').querySelectorAll('#sheet a').length === places().length + 1) return
  byID('sheet').replaceChildren(...places().map((place) => item(place)), item('account'))
  markPlace()
})

function markPlace() {
  const place = location.hash.split(/[/?]/)[1] || 'tickets'
  const shown = { ticket: 'tickets', settings: 'status' }[place] ?? place
  for (const each of document.querySelectorAll('#nav a')) mark(each, 'aria-current',
    each.dataset.place === shown && 'page')
  openSheet(false)
}

on('navigated', (view) => {
  byID('desk').dataset.view = view ? view.pane ?? 'page' : 'list'
  byID('detail').setAttribute('aria-label', view?.heading.textContent ?? t('details'))
  markPlace()
})

addEventListener('click', ({ target }) => byID('sheet')?.dataset.open === 'true' && !byID('nav').contains(target)
  && openSheet(false))

// MARK: The state of the station

function showLine() {
  if (!byID('desk')) return
  const { isLive, tries, lostAt } = line
  byID('live').dataset.state = isLive ? 'live' : 'waiting'
  setText(byID('live'), t(isLive ? 'live' : tries ? 'reconnecting' : 'connecting'))
  // A line that comes back at once is not worth a word; a station that has stopped is.
  const isLost = !isLive && (!station.reachable || tries > 1 || !navigator.onLine)
  byID('stale').hidden = !isLost
  const text = !navigator.onLine ? 'offlineSince' : station.reachable ? 'staleSince' : 'stoppedSince'
  setText(byID('stale').firstChild, isLost ? t(text, { since: clock(lostAt ?? new Date()) }) : '')
  byID('full').hidden = !station.full
  setText(byID('full'), station.full ? t('diskFull') : '')
}

on('live', (isLive) => {
  showLine()
  if (isLive) checkReady()
})
on('state', showLine)

function showQueue() {
  if (!byID('queue')) return
  const stuck = queued().filter((entry) => entry.fault).length
  // What goes at once is not announced.
  const waits = queued().filter((entry) => Date.now() - Date.parse(entry.at) > 700).length
  if (queued().length > waits) setTimeout(showQueue, 800)
  byID('queue').hidden = !stuck && !waits
  setText(byID('queue').firstChild, stuck ? t('queueStuck', { count: stuck }) : waits ? t('queueWaits',
    { count: waits }) : '')
}
on('queue', showQueue)
