// The view that the address names. Going back restores the place and the focus.

import { byID } from './dom.js'
import { tell } from './bus.js'

/** The view that is open, or null for the list alone. */
export let view = null

let makeView = () => null
/** Where each entry of the history was left, by its number. */
const places = new Map()
let place = null
let number = Date.now()
/** The element that was used last: some browsers do not focus a link that is clicked. */
let used = null

history.scrollRestoration = 'manual'

/** The path's parts and the query of the address. */
export function address() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { parts: path.split('/').filter(Boolean), query }
}

export function go(hash) {
  if (location.hash === hash) navigate()
  else location.hash = hash
}

/** Replaces the address by another of the same place: no step of the history. */
export function amend(hash) {
  history.replaceState(history.state, '', hash)
}

/** Replaces this step of the history by another view. */
export function replace(hash) {
  history.replaceState(null, '', hash)
  place = null
  navigate()
}

export function startRoutes(make) {
  makeView = make
  navigate()
}

const scrollers = () => ['list', 'detail'].map(byID)

function leavePlace() {
  if (!place || !byID('detail')) return
  const active = document.activeElement
  const key = (active?.dataset.key ? active : used?.closest?.('[data-key]'))?.dataset.key
  places.set(place, { key, page: scrollY, panes: scrollers().map((each) => each.scrollTop) })
  if (places.size > 100) places.delete(places.keys().next().value)
}

function restore({ key, page, panes }) {
  scrollTo(0, page)
  scrollers().forEach((each, index) => (each.scrollTop = panes[index]))
  tell('scrolled')
  const found = [...document.querySelectorAll('[data-key]')].find((each) => each.dataset.key === key)
  if (found?.checkVisibility?.() === false || !found) return false
  found.focus({ preventScroll: true })
  return true
}

/** Shows what the address names. */
export async function navigate() {
  leavePlace()
  if (!history.state?.place) history.replaceState({ place: ++number }, '')
  place = history.state.place
  const back = places.get(place)
  view?.close?.()
  view = makeView(address())
  const shown = view
  tell('navigated', view)
  const focus = () => (shown?.heading ?? byID('list-title'))?.focus({ preventScroll: true })
  if (!back) {
    if (byID('desk')?.dataset.view !== 'list') scrollTo(0, 0)
    if (byID('detail')) byID('detail').scrollTop = 0
    focus()
  } else if (!restore(back)) focus()
  const loading = shown?.refresh?.()
  if (!back || !loading) return
  const before = document.activeElement
  await loading
  // Whoever has moved on meanwhile is left alone.
  if (view === shown && document.activeElement === before && scrollY === back.page) restore(back)
}

addEventListener('hashchange', navigate)
addEventListener('click', (event) => (used = event.target), true)
addEventListener('focusin', (event) => (used = event.target))

/** Forgets the way here: the next user must not go back to it. */
export function forgetRoutes() {
  view?.close?.()
  view = null
  place = null
  places.clear()
}
