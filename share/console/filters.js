// What can be chosen above the list: views, statuses, a search, and more filters. All of it stands in the address.

import { api, nextPage } from './api.js'
import { picking, startPicking } from './bulk.js'
import { on } from './bus.js'
import { ask, button, byID, el, field, fill, fold, input, link, row, select, setText, submit } from './dom.js'
import { ages, format, many, orders, parse, priorities, request, statuses, types } from './filter.js'
import { setSetting, setting } from './kept.js'
import { assignees, memberName, members, nameOf, stationChoices, stationName, stations } from './people.js'
import { isDriver, myID } from './session.js'
import { toast } from './shell.js'
import { number, t } from './text.js'

let change, filter, counts

/** Views that everybody has, as queries. */
const toDo = 'status=open&status=in_progress'
const views = () => (isDriver() ? { v_all: 'status=&sort=newest', v_active: toDo + '&sort=newest' } : {
  v_toDo: toDo, v_mine: `${toDo}&assignee_id=${myID()}`, v_unassigned: toDo + '&assignee_id=none',
  v_urgent: toDo + '&priority=urgent', v_closedLately: 'status=closed&sort=changed', v_all: 'status=&sort=newest',
})

const saved = () => setting('views', [])
const isNow = (query) => format(parse(query)) === format(filter)

export function makeFilters(changed) {
  change = changed
  counts = filter = null
  let typing
  const search = input({
    id: 'search', type: 'search', 'aria-label': t('searchTickets'), placeholder: t('searchHint'), maxlength: 200,
    'data-key': 'search',
    oninput: () => {
      clearTimeout(typing)
      typing = setTimeout(find, 250)
    },
  })
  const find = () => {
    clearTimeout(typing)
    change({ q: search.value.trim() })
  }
  return [
    el('nav.strip', { id: 'views', 'aria-label': t('views') }),
    el('div.strip', { id: 'statuses', role: 'group', 'aria-label': t('status') }),
    el('form', { id: 'filter', role: 'search', 'aria-label': t('p_tickets'), onsubmit: submit(find) }, search,
      fold(t('filterAndSort'), el('div', { id: 'choices' }))),
    el('div.strip', { id: 'chosen' }),
  ]
}

export function showFilters(now, found) {
  filter = now
  if (found !== undefined) counts = found
  // The people of a member are not those of its central server.
  const usual = Object.entries(views()).filter(([key]) => !filter.of || !/mine|unassigned/.test(key))
  fill(byID('views'), [format(filter), saved()], () => [...usual.map(([key, query]) => [t(key), query]),
    ...saved()].map(([name, query]) => link('#/tickets?' + format(parse(query)), name,
    { class: 'button', 'data-key': 'view ' + query, 'aria-current': isNow(query) && 'true' })))
  fill(byID('statuses'), [filter.status, counts], () => statuses.map((status) =>
    button(t(status) + (counts ? ' ' + number(counts[status]) : ''),
      () => change({ status: filter.status.includes(status)
      ? filter.status.filter((each) => each !== status) : [...filter.status, status] }),
    { 'aria-pressed': String(filter.status.includes(status)), 'data-key': status })))
  if (document.activeElement !== byID('search')) byID('search').value = filter.q
  fill(byID('choices'), [filter, assignees(), stations, members?.length, picking.isOn], choices)
  showChosen()
}

/** A choice that adds a value to a filter, or sets one that has a single value. */
function chooser(name, label, values) {
  const isOne = !many.includes(name)
  const control = select(isOne ? values : [['', t('any')], ...values], isOne ? filter[name] : '', {
    'data-key': 'choose ' + name,
    onchange: () => change({ [name]: isOne ? control.value : [...new Set([...filter[name], control.value])] }),
  })
  return field(label, control)
}

function choices() {
  const worded = (values) => values.map((value) => [value, t(value)])
  return [
    members && chooser('of', t('where'), [['', t('thisServer')], ['fleet', t('wholeFleet')],
      ...members.map((each) => [String(each.station_id), memberName(each.station_id)])]),
    chooser('priority', t('priority'), worded(priorities)), chooser('type', t('type'), worded(types)),
    stations.length > 1 && chooser('station_id', t('station_id'), stationChoices('').slice(1)),
    !isDriver() && chooser('assignee_id', t('assignee_id'), [['none', t('nobody')], ...assignees()]),
    chooser('age', t('created'), [['', t('any')], ...worded(Object.keys(ages))]),
    !filter.of && chooser('sort', t('sort'), worded(Object.keys(orders))),
    row(button(t('saveView'), saveView, { 'data-key': 'save' }),
      saved().some(([, query]) => isNow(query)) && button(t('removeView'), () => {
        setSetting('views', saved().filter(([, query]) => !isNow(query)))
        showFilters(filter)
      }),
      ...(isDriver() ? [] : [
        button(t('pickMany'), startPicking, { 'data-key': 'pick', 'aria-pressed': String(!!picking.isOn) }),
        !filter.of && button(t('exportCSV'), saveCSV, { 'data-key': 'csv' })]),
      button(t('print'), () => print(), { 'data-key': 'print' })),
  ]
}

/** What narrows the list, each with a button that takes it away. */
function showChosen() {
  const said = {
    station_id: (id) => stationName(Number(id)), user_id: (id) => nameOf(Number(id)),
    assignee_id: (id) => (id === 'none' ? t('nobody') : nameOf(Number(id))),
  }
  const chosen = many.slice(1).flatMap((name) => filter[name].map((value) =>
    [`${t(name)}: ${(said[name] ?? t)(value)}`, { [name]: filter[name].filter((each) => each !== value) }]))
  if (filter.age) chosen.push([`${t('created')}: ${t(filter.age)}`, { age: '' }])
  if (filter.support_id_min || filter.support_id_max || filter.changed_after) {
    chosen.push([t('gapFilter'), { support_id_min: '', support_id_max: '', changed_after: '' }])
  }
  setText(byID('choices').previousSibling, t('filterAndSort') + (chosen.length ? ` (${chosen.length})` : ''))
  byID('chosen').hidden = !chosen.length
  fill(byID('chosen'), chosen, () => chosen.map(([text, without]) =>
    button(text + ' ×', () => change(without), { 'aria-label': t('removeFilter', { text }) })))
}

async function saveView() {
  const given = await ask(t('saveView'), { name: [t('viewName'), input({ maxlength: 40, required: true })] }, t('save'))
  if (!given) return
  setSetting('views', [...saved().filter(([name]) => name !== given.name), [given.name, format(filter)]].slice(-20))
  showFilters(filter)
}

/** What the filter finds, as a file for a spreadsheet, which is told by a mark that it is UTF-8. */
async function saveCSV() {
  try {
    let text = '\ufeff'
    for (let path = request(filter, '.csv', 5000); path;) {
      const { data, fields } = await api('GET', path)
      const part = await data.text()
      // Each part has the head of the table.
      text += text.length > 1 ? part.slice(part.indexOf('\n') + 1) : part
      path = nextPage(fields)
    }
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
    el('a', { href: url, download: 'tickets.csv' }).click()
    setTimeout(() => URL.revokeObjectURL(url), 60000)
    toast(t('kept', { name: 'tickets.csv' }))
  } catch (error) {
    toast(error.message)
  }
}

for (const event of ['names', 'selection']) on(event, () => filter && byID('views') && showFilters(filter))
