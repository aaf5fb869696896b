// Changing many tickets alike: those that were picked in the list.

import { api } from './api.js'
import { tell } from './bus.js'
import { ask, attempt, button, byID, el, fault, field, fill, options, row, select, setText } from './dom.js'
import { priorities, statuses } from './filter.js'
import { reloadSoon, shownKeys } from './list.js'
import { assignees } from './people.js'
import { toast } from './shell.js'
import { t } from './text.js'
import { isFleet } from './tickets.js'

/** The keys of the picked tickets, and whether tickets are being picked. */
export const picking = Object.assign(new Set(), { isOn: false })

export function startPicking() {
  picking.isOn = !picking.isOn
  picking.clear()
  tell('selection')
}

export function toggle(key, isPicked) {
  if (isPicked) picking.add(key)
  else picking.delete(key)
  tell('selection')
}

let count, who

export function bulkBar() {
  const problem = fault()
  count = el('strong', { role: 'status' })
  const act = (changes) => attempt(bar, problem, () => change(changes))
  const chooser = (label, values, changes) => {
    const control = select([['', t('choose')], ...values], '', {
      onchange: () => control.value && act(changes(control.value)).finally(() => (control.value = '')),
    })
    return [control, field(label, control)]
  }
  const [assignee, assigneeField] = chooser(t('assignee_id'), [],
    (id) => ({ assignee_id: id === 'none' ? null : Number(id) }))
  who = assignee
  const worded = (name, values) => values.map((value) => [`${name} ${value}`, `${t(name)}: ${t(value)}`])
  const bar = el('div.card', { id: 'bulk', role: 'group', 'aria-label': t('pickMany'), hidden: true },
    row(count, button(t('pickAll'), () => {
      for (const key of shownKeys()) if (!isFleet(key)) picking.add(key)
      tell('selection')
    }), button(t('closeTickets'), () => act({ status: 'closed' }), { class: 'primary' }), button(t('pickEnd'),
      startPicking)),
    el('div.two', assigneeField, chooser(t('otherChange'), [...worded('status', statuses), ...worded('priority',
      priorities)],
      (text) => Object.fromEntries([text.split(' ')]))[1]), problem)
  return bar
}

export function showBulk() {
  byID('bulk').hidden = !picking.isOn
  setText(count, t('picked', { count: picking.size }))
  fill(who, assignees(), () => options([['', t('choose')], ['none', t('nobody')], ...assignees()]))
}

/** A hundred at a time, each with its own outcome. Those that were refused stay picked. */
async function change(changes) {
  const ids = [...picking].map(Number)
  if (!ids.length) throw new Error(t('nothingPicked'))
  if (!await ask(t('bulkTitle', { count: ids.length }), t('bulkText'), t('change'))) return
  const refused = []
  while (ids.length) {
    const { data } = await api('POST', '/support/bulk', { support_ids: ids.splice(0, 100), changes })
    for (const { support_id: id, statusCode, message } of data.results) {
      if (statusCode === 200) picking.delete(String(id))
      else refused.push(`#${id}: ${[message].flat().join('. ')}`)
    }
    tell('selection')
  }
  reloadSoon()
  toast(t('done'))
  if (refused.length) throw new Error(refused.slice(0, 5).join('; ') + (refused.length > 5 ? ' …' : ''))
}
