// Two people changed the same thing: what the other one wrote beside one's own, and what to do.

import { attempt, button, el, facts, fault, quiet, row } from './dom.js'
import { setDraft } from './drafts.js'
import { again, drop } from './outbox.js'
import { t } from './text.js'
import { said } from './thread.js'
import { threadOf } from './tickets.js'

/** The panel for a queued change that the station did not accept, since the ticket is another one by now. */
export function conflictPanel(view, entry) {
  const { ticket, key } = view
  const names = Object.keys(entry.body)
  const history = threadOf(key)?.history ?? []
  const name = history.findLast((each) => names.includes(each.field))?.username ?? t('somebody')
  const side = (title, values) => el('div.side.prose', el('h3', title), facts(names.map((each) => [t(each), said(each,
    values[each])])))
  const problem = fault()
  const done = () => {
    if ('response' in entry.body) view.forgetAnswer()
    view.show(view.ticket)
    view.heading.focus()
  }
  const panel = el('section.card.conflict', { 'aria-label': t('conflict') },
    el('h2', t('conflict')), quiet(t('conflictText', { name })),
    el('div.two', side(t('theirs', { name }), ticket), side(t('yours'), entry.body)), problem,
    row(button(t('useMine'), () => attempt(panel, problem, async () => {
      if (!view.tag) await view.load()
      const seen = Object.fromEntries(names.map((each) => [each, view.ticket[each] ?? null]))
      await again(entry.id, { tag: view.tag, seen })
      await view.load()
      done()
    }), { class: 'primary' }),
    button(t('keepTheirs'), () => {
      drop(entry.id)
      done()
    }),
    'response' in entry.body && button(t('combine'), () => {
      drop(entry.id)
      setDraft('answer ' + key, [ticket.response, entry.body.response].filter(Boolean).join('\n'))
      setDraft('seen ' + key, ticket.response)
      view.show(view.ticket)
      view.area.focus()
    })))
  return panel
}
