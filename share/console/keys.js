// Shortcuts of the keyboard. They can be turned off, since speech input types letters.

import { ask, box, byID, check, el, facts } from './dom.js'
import { setSetting, setting } from './kept.js'
import { pickHeld, step } from './list.js'
import { go, view } from './route.js'
import { myID, session } from './session.js'
import { t } from './text.js'

const inTicket = (work) => () => view?.thread && work(view)
const inWork = (work) => inTicket((ticket) => !ticket.work.hidden && work(ticket))

/** Each key with the name of what it does. */
const shortcuts = {
  '?': ['shortcuts', () => showShortcuts()],
  '/': ['searchTickets', () => {
    if (byID('list').checkVisibility() === false) go('#/tickets')
    setTimeout(() => byID('search').focus())
  }],
  j: ['nextTicket', () => step(1)],
  k: ['previousTicket', () => step(-1)],
  x: ['pickMany', pickHeld],
  n: ['p_new', () => go('#/new')],
  a: ['p_alerts', () => go('#/alerts')],
  m: ['assignToMe', inWork((ticket) => !ticket.isFleet && ticket.assign(myID()))],
  e: ['response', inWork((ticket) => ticket.area.focus())],
  c: ['newComment', inTicket((ticket) => ticket.thread.parts[0].querySelector('textarea').focus())],
}

export async function showShortcuts() {
  const control = box(setting('shortcuts', true), { onchange: () => setSetting('shortcuts', control.checked) })
  const rows = [...Object.entries(shortcuts).map(([key, [name]]) => [key, name]), ['Esc', 'back'], ['Ctrl + Enter',
    'sendForm']]
  await ask(t('shortcuts'), el('div', facts(rows.map(([key, name]) => [el('kbd', key), t(name)])),
    check(t('shortcutsOn'), control)),
    t('close'), '')
}

addEventListener('keydown', (event) => {
  const { key, target } = event
  if (!session || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
  const isTyping = target.matches?.('input:not([type=checkbox]), textarea, select')
  if (key === 'Escape') {
    if (isTyping) target.blur()
    else if (byID('sheet').dataset.open === 'true') byID('more').click()
    else if (view) go('#/tickets')
  } else if (!isTyping && shortcuts[key] && (key === '?' || setting('shortcuts', true))) {
    event.preventDefault()
    shortcuts[key][1]()
  }
})
