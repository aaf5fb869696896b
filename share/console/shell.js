// What surrounds every view: the bar with the navigation, the notices, and short messages.

import { api, sawStation, station } from './api.js'
import { on } from './bus.js'
import { byID, button, el, link, setText } from './dom.js'
import { attempts, live, lostAt, wake } from './live.js'
import { queued } from './outbox.js'
import { members } from './people.js'
import { isAdmin, isDriver, leave, session } from './session.js'
import { hasDrafts } from './signout.js'
import { clock, t, word } from './text.js'

/** Shows a short message, which screen readers read out. */
export function toast(text) {
  clearTimeout(toast.timer)
  byID('toast').textContent = text
  toast.timer = setTimeout(() => (byID('toast').textContent = ''), 6000)
}

function navigation() {
  const places = [['tickets', t('tickets')], ['alerts', t('alerts')]]
  const more = []
  if (isAdmin()) more.push(['users', t('users')], ['stations', t('stations')])
  if (!isDriver()) more.push(['answers', t('cannedAnswers')], ['statistics', t('statistics')])
  if (isAdmin()) more.push(['status', t('status')])
  if (members) more.push(['fleet', t('fleet')])
  const item = ([place, text]) => link('#/' + place, [text,
    place === 'alerts' ? el('span', { id: 'unread', class: 'badge', hidden: true }) : null], { 'data-place': place })
  return el('nav', { id: 'nav', 'aria-label': t('mainNavigation') },
    ...places.map(item), link('#/new', t('newTicket'), { 'data-place': 'new', class: 'narrow' }),
    el('button', {
      type: 'button', id: 'more', class: 'narrow', 'aria-expanded': 'false', 'aria-controls': 'sheet',
      onclick: () => openSheet(byID('sheet').dataset.open !== 'true'),
    }, t('more')),
    el('div', { id: 'sheet' }, ...more.map(item), link('#/account', t('account'), { 'data-place': 'account' }),
      button(t('signOut'), leaveSafely, { class: 'narrow' })))
}

async function leaveSafely() {
  if (await hasDrafts()) return
  leave()
}

function openSheet(isOpen) {
  byID('sheet').dataset.open = String(isOpen)
  byID('more').setAttribute('aria-expanded', String(isOpen))
}

export function makeShell() {
  const desk = el('div', { id: 'desk', 'data-view': 'list' },
    button(t('skip'), () => document.querySelector('#desk h1')?.focus(), { class: 'skip' }),
    el('header', { class: 'bar' }, link('#/tickets', t('title'), { class: 'home' }),
      el('p', { id: 'live', class: 'live', role: 'status' }), navigation()),
    el('div', { id: 'notices' },
      el('p', { id: 'stale', class: 'notice', role: 'alert', hidden: true }, el('span', { id: 'stale-text' }),
        button(t('tryNow'), wake)),
      el('p', { id: 'full', class: 'notice', role: 'alert', hidden: true }),
      el('p', { id: 'queue', class: 'notice', role: 'status', hidden: true }, el('span', { id: 'queue-text' }),
        link('#/waiting', t('showThem'), { class: 'button' })),
      el('section', { id: 'away', class: 'notice', 'aria-label': t('awayTitle'), hidden: true })),
    el('main', { class: 'panes' },
      el('section', { id: 'list', 'aria-labelledby': 'list-title' }), el('section', { id: 'detail' })))
  byID('app').replaceChildren(desk)
  byID('toast').textContent = ''
  showLive()
  showQueue()
}

/** Renews what depends on what is known by now, such as the fleet. */
export function renewNavigation() {
  const old = byID('nav')
  const unread = byID('unread')
  const next = navigation()
  next.querySelector('#unread').replaceWith(unread)
  const held = old.contains(document.activeElement) ? document.activeElement.dataset.place : null
  old.replaceWith(next)
  if (held) next.querySelector(`[data-place="${held}"]`)?.focus()
  markPlace()
}

export function markPlace() {
  const place = location.hash.split(/[/?]/)[1] || 'tickets'
  for (const each of document.querySelectorAll('#nav a')) {
    const isHere = each.dataset.place === place || (place === 'ticket' && each.dataset.place === 'tickets')
    if (isHere) each.setAttribute('aria-current', 'page')
    else each.removeAttribute('aria-current')
  }
  openSheet(false)
}

on('navigated', (view) => {
  if (!byID('desk')) return
  byID('desk').dataset.view = view ? view.pane ?? 'page' : 'list'
  byID('detail').setAttribute('aria-label', view?.heading?.textContent ?? t('details'))
  markPlace()
})

// MARK: The state of the station

function showLive() {
  if (!byID('desk')) return
  const isLive = live()
  byID('live').dataset.state = isLive ? 'live' : 'waiting'
  setText(byID('live'), isLive ? t('live') : attempts() ? t('reconnecting') : t('connecting'))
  // A line that comes back at once is not worth a word; a station that has stopped is.
  const isLost = !isLive && (!station.reachable || attempts() > 1 || !navigator.onLine)
  byID('stale').hidden = !isLost
  const since = clock(lostAt ?? new Date())
  setText(byID('stale-text'), !isLost ? '' : !navigator.onLine ? t('offlineSince', { since })
    : station.reachable ? t('staleSince', { since }) : t('stoppedSince', { since }))
  byID('full').hidden = !station.full
  setText(byID('full'), station.full ? t('diskFull') : '')
}
on('live', showLive)
on('state', () => {
  showLive()
  if (station.full) checkSoon()
})

let checking
/** Asks whether the station accepts changes: at start, and as long as it does not. */
export async function checkReady() {
  try {
    const answer = await fetch('/readyz', { cache: 'no-store' })
    const { status } = await answer.json()
    sawStation({ full: status === 'read-only' })
  } catch {
    // Whether it can be reached at all is seen elsewhere.
  }
  if (station.full) checkSoon()
}
function checkSoon() {
  clearTimeout(checking)
  checking = setTimeout(checkReady, 10000)
}
on('live', (isLive) => isLive && checkReady())

function showQueue() {
  if (!byID('queue')) return
  const entries = queued()
  const stuck = entries.filter((entry) => entry.fault).length
  // What is sent at once is not announced.
  const shown = entries.filter((entry) => entry.fault || entry.tried && Date.now() - Date.parse(entry.at) > 700)
  byID('queue').hidden = !shown.length
  setText(byID('queue-text'), !shown.length ? '' : stuck ? t('queueStuck', { count: stuck })
    : t('queueWaits', { count: shown.length }))
  if (entries.length && !shown.length) setTimeout(showQueue, 800)
}
on('queue', showQueue)

addEventListener('click', (event) => {
  if (byID('sheet')?.dataset.open === 'true' && !byID('nav').contains(event.target)) openSheet(false)
})
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || byID('sheet')?.dataset.open !== 'true') return
  openSheet(false)
  byID('more').focus()
  event.stopImmediatePropagation()
})

/** The name and the role of the user, for the account's page. */
export const whoAmI = () => `${session.user.username}, ${word(session.user.role)}`
