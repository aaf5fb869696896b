// Two people changed the same thing: what the other one wrote beside one's own, and what to do.

import { button, el, fault, quiet, row, attempt } from './dom.js'
import { setDraft } from './drafts.js'
import { again, drop } from './outbox.js'
import { nameOf, stationName } from './people.js'
import { t, word } from './text.js'
import { threadOf } from './tickets.js'

const fields = (body) => Object.keys(body)

function shown(name, value) {
  if (value == null) return t('nothing')
  if (name === 'assignee_id') return nameOf(value)
  if (name === 'station_id') return stationName(value)
  return word(value)
}

/** The panel for a queued change that the station did not accept, since the ticket is another one by now. */
export function conflictPanel(view, entry) {
  const { ticket } = view
  const names = fields(entry.body)
  const history = threadOf(view.key)?.history ?? []
  const other = history.findLast((each) => names.includes(each.field))?.username ?? t('somebody')
  const side = (title, values) => el('div', { class: 'side' }, el('h3', null, title), el('dl', null,
    ...names.flatMap((name) => [el('dt', null, word(name)), el('dd', { class: 'prose' }, shown(name, values[name]))])))
  const problem = fault()
  const panel = el('section', { class: 'card conflict', 'aria-label': t('conflict') },
    el('h2', null, t('conflict')), quiet(t('conflictText', { name: other })),
    el('div', { class: 'two' }, side(t('theirs', { name: other }), ticket), side(t('yours'), entry.body)), problem,
    row(button(t('useMine'), () => attempt(panel, problem, async () => {
      const seen = Object.fromEntries(names.map((name) => [name, ticket[name] ?? null]))
      if (!view.tag) await view.load()
      await again(entry.id, { tag: view.tag, seen })
      if ('response' in entry.body) view.forgetAnswer()
      await view.refresh()
    }), { class: 'primary', 'data-key': 'use mine' }),
    button(t('keepTheirs'), () => {
      drop(entry.id)
      if ('response' in entry.body) view.forgetAnswer()
      view.show(view.ticket)
      view.heading.focus()
    }, { 'data-key': 'keep theirs' }),
    'response' in entry.body && ticket.response ? button(t('combine'), () => {
      drop(entry.id)
      const text = [ticket.response, entry.body.response].filter(Boolean).join('\n')
      setDraft('answer ' + view.key, text)
      setDraft('seen ' + view.key, ticket.response)
      view.answerArea.value = text
      view.answerArea.focus()
    }, { 'data-key': 'combine' }) : null))
  return panel
}
