// The view that the address names. Going back restores the place and the focus.

import { tell } from './bus.js'
import { byID } from './dom.js'

/** The view that is open, or null for the list alone. */
export let view = null

let makeView = null
/** Where each entry of the history was left, by its number. */
const places = new Map()
let place = null
let number = Date.now()
/** The element that was used last: some browsers do not focus a link that is clicked. */
let used = null

history.scrollRestoration = 'manual'

/** The parts of the path and the query of the address. */
export function address() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { parts: path.split('/').filter(Boolean), query }
}

export function go(hash) {
  if (location.hash === hash) navigate()
  else location.hash = hash
}

/** Replaces the address of this step of the history. */
export const amend = (hash) => history.replaceState(history.state, '', hash)

/** Shows another view in this step of the history. */
export function replace(hash) {
  history.replaceState(null, '', hash)
  place = null
  navigate()
}

export function startRoutes(make) {
  makeView = make
  navigate()
}

const panes = () => ['list', 'detail'].map(byID)

function leavePlace() {
  if (!place || !byID('detail')) return
  const active = document.activeElement
  const { key } = (active?.dataset.key ? active : used?.closest?.('[data-key]'))?.dataset ?? {}
  places.set(place, { key, page: scrollY, panes: panes().map((each) => each.scrollTop) })
}

/** Returns whether the focus is back. */
function restore(back) {
  scrollTo(0, back.page)
  panes().forEach((each, index) => (each.scrollTop = back.panes[index]))
  tell('scrolled')
  const found = back.key && document.querySelector(`[data-key="${CSS.escape(back.key)}"]`)
  if (!found || found.checkVisibility?.() === false) return false
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
  const shown = view = makeView(address())
  tell('navigated', view)
  if (!back && byID('desk').dataset.view !== 'list') scrollTo(0, byID('detail').scrollTop = 0)
  if (!back || !restore(back)) (view?.heading ?? byID('list-title')).focus({ preventScroll: true })
  const loading = shown?.refresh?.()
  if (!back || !loading) return
  const before = document.activeElement
  await loading
  // A reader who has moved on meanwhile is left alone.
  if (view === shown && document.activeElement === before && scrollY === back.page) restore(back)
}

addEventListener('hashchange', () => makeView && byID('desk') && navigate())
for (const event of ['click', 'focusin']) addEventListener(event, ({ target }) => (used = target), true)

/** Forgets the way here: the next user must not go back to it. */
export function forgetRoutes() {
  view?.close?.()
  view = place = null
  places.clear()
}
