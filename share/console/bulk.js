// Changing many tickets alike: those that were picked in the list.

import { api } from './api.js'
import { on, tell } from './bus.js'
import { ask, attempt, button, el, fault, field, options, quiet, setText } from './dom.js'
import { priorities, statuses } from './filter.js'
import { reloadSoon, shownKeys } from './list.js'
import { assignees } from './people.js'
import { myID } from './session.js'
import { toast } from './shell.js'
import { t, word } from './text.js'

/** The keys of the picked tickets. */
export const selection = new Set()
let selecting = false

export const isSelecting = () => selecting

export function toggleSelecting() {
  selecting = !selecting
  if (!selecting) selection.clear()
  bulkBar.show()
  tell('selection')
}

export function bulkBar() {
  selecting = false
  const count = el('strong', { role: 'status' })
  const problem = fault()
  const who = el('select', { 'data-key': 'bulk who' })
  const what = el('select', { 'data-key': 'bulk what' }, ...options([
    ['', t('choose')], ...statuses.map((each) => ['status ' + each, `${word('status')}: ${word(each)}`]),
    ...priorities.map((each) => ['priority ' + each, `${word('priority')}: ${word(each)}`])]))
  const act = (changes) => attempt(bar, problem, () => run(changes))
  const bar = el('div', { id: 'bulk', class: 'card', role: 'group', 'aria-label': t('selectMany'), hidden: true },
    el('div', { class: 'row' }, count, button(t('selectAll'), () => {
      for (const key of shownKeys()) if (!key.includes('/')) selection.add(key)
      bulkBar.show()
      tell('selection')
    }), button(t('close'), () => act({ status: 'closed' }), { class: 'primary' }),
    button(t('selectEnd'), toggleSelecting)),
    el('div', { class: 'row' }, el('div', null, ...field(word('assignee_id'), who)),
      el('div', null, ...field(t('otherChange'), what))), problem)
  who.onchange = () => act({ assignee_id: who.value === 'none' ? null : Number(who.value) })
  what.onchange = () => {
    const [name, value] = what.value.split(' ')
    if (name) act({ [name]: value })
  }
  bulkBar.show = () => {
    bar.hidden = !selecting
    setText(count, t('selected', { count: selection.size }))
    const people = assignees()
    who.replaceChildren(...options([['', t('choose')], ['none', t('nobody')], [myID(), t('me')],
      ...people.filter((each) => each.user_id !== myID()).map((each) => [each.user_id, each.username])]))
    what.value = ''
  }
  return bar
}
bulkBar.show = () => {}

/** A hundred at a time, each with its own outcome. Those that were refused stay picked. */
async function run(changes) {
  const ids = [...selection].map(Number)
  if (!ids.length) throw new Error(t('nothingSelected'))
  const isSure = await ask(t('bulkTitle', { count: ids.length }), quiet(t('bulkText')),
    { yes: t('bulkYes'), no: t('cancel') })
  if (!isSure) return bulkBar.show()
  const refused = []
  let done = 0
  for (let at = 0; at < ids.length; at += 100) {
    const { data } = await api('POST', '/support/bulk', { support_ids: ids.slice(at, at + 100), changes })
    for (const each of data.results) {
      if (each.statusCode === 200) {
        done++
        selection.delete(String(each.support_id))
      } else refused.push(`#${each.support_id}: ${[each.message].flat().join('. ')}`)
    }
    bulkBar.show()
  }
  tell('selection')
  reloadSoon()
  toast(t('bulkDone', { count: done }))
  if (refused.length) throw new Error(refused.slice(0, 5).join('; ') + (refused.length > 5 ? ' …' : ''))
}

on('names', () => selecting && bulkBar.show())
on('signedOut', () => (selecting = false))
