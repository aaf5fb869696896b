// Shortcuts of the keyboard. They can be turned off, since speech input types letters.

import { ask, byID, check, el } from './dom.js'
import { setSetting, setting } from './kept.js'
import { pickHeld, step } from './list.js'
import { go, view } from './route.js'
import { myID, session } from './session.js'
import { t } from './text.js'

const inTicket = (work) => () => view?.key && work(view)

/** Each key with what it does. */
const shortcuts = {
  '?': ['showShortcuts', () => showShortcuts()],
  '/': ['toSearch', () => {
    if (byID('desk').dataset.view !== 'list') go('#/tickets')
    setTimeout(() => byID('search').focus())
  }],
  j: ['nextTicket', () => step(1)],
  k: ['previousTicket', () => step(-1)],
  x: ['pick', pickHeld],
  n: ['newTicket', () => go('#/new')],
  t: ['tickets', () => go('#/tickets')],
  a: ['alerts', () => go('#/alerts')],
  m: ['assignToMe', inTicket((ticket) => !ticket.isFleet && !ticket.work.hidden && ticket.assign(myID()))],
  e: ['toAnswer', inTicket((ticket) => ticket.answerArea.focus())],
  c: ['toComment', inTicket((ticket) => ticket.element.querySelector('[data-field=comment]')?.focus())],
}

export async function showShortcuts() {
  const box = el('input', {
    type: 'checkbox', checked: setting('shortcuts', true), onchange: () => setSetting('shortcuts', box.checked),
  })
  await ask(t('shortcuts'), el('div', null, el('dl', null,
    ...[...Object.entries(shortcuts).map(([key, [name]]) => [key, name]), ['Esc', 'toList'], ['Ctrl + Enter', 'sendForm']]
      .flatMap(([key, name]) => [el('dt', null, el('kbd', null, key)), el('dd', null, t(name))])),
  check(t('shortcutsOn'), box)), { yes: t('close_'), no: t('cancel') })
}

addEventListener('keydown', (event) => {
  if (!session || !byID('desk') || event.defaultPrevented || document.querySelector('dialog[open]')) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isTyping = event.target.matches?.('input:not([type=checkbox]), textarea, select')
  if (event.key === 'Escape') {
    if (isTyping) event.target.blur()
    else if (view) go('#/tickets')
    return
  }
  const found = shortcuts[event.key]
  if (isTyping || !found || (event.key !== '?' && !setting('shortcuts', true))) return
  event.preventDefault()
  found[1]()
})
