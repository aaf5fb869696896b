// What can be chosen above the list: views, statuses, a search, and more filters. All of it stands in the address.

import { ask, byID, button, el, field, fill, link, options, setText, submit } from './dom.js'
import { ages, format, narrowness, parse, priorities, sorts, statuses, types } from './filter.js'
import { setSetting, setting } from './kept.js'
import { assignees, members, memberName, nameOf, stationName, stations } from './people.js'
import { isDriver, myID } from './session.js'
import { number, t, word } from './text.js'
import { isSelecting, toggleSelecting } from './bulk.js'
import { saveCSV } from './csv.js'
import { on } from './bus.js'

let change = null
let filter = null
let counts = null

/** Views that everybody has, as queries. */
const views = () => (isDriver()
  ? [['all', 'status=&sort=newest'], ['active', 'status=open&status=in_progress&sort=newest']]
  : [['toDo', 'status=open&status=in_progress'], ['mine', `status=open&status=in_progress&assignee_id=${myID()}`],
    ['unassigned', 'status=open&status=in_progress&assignee_id=none'],
    ['urgent', 'status=open&status=in_progress&priority=urgent'],
    ['closedLately', 'status=closed&sort=changed'], ['all', 'status=&sort=newest']])

const saved = () => setting('views', [])

export function makeFilters(changed) {
  change = changed
  counts = null
  let typing
  const search = el('input', {
    id: 'search', type: 'search', 'aria-label': t('searchTickets'), placeholder: t('searchHint'), maxlength: 200,
    autocomplete: 'off', enterkeyhint: 'search', 'data-key': 'search',
    oninput: () => {
      clearTimeout(typing)
      typing = setTimeout(() => change({ q: search.value.trim() }), 250)
    },
  })
  const more = el('details', { id: 'more-filters' }, el('summary', { class: 'button' }, t('filterAndSort')),
    el('div', { id: 'filter-fields' }))
  return [
    el('nav', { id: 'views', class: 'strip', 'aria-label': t('views') }),
    el('div', { id: 'statuses', class: 'strip', role: 'group', 'aria-label': word('status') }),
    el('form', { id: 'filter', role: 'search', 'aria-label': t('tickets'), onsubmit: submit(() => {
      clearTimeout(typing)
      change({ q: search.value.trim() })
    }) }, search, more),
    el('div', { id: 'chosen', class: 'strip' }),
  ]
}

export function showFilters(now, found) {
  filter = now
  if (found !== undefined) counts = found
  if (!byID('views')) return
  showViews()
  const of = (status) => counts?.byStatus?.[status]
  fill(byID('statuses'), [filter.status, counts?.byStatus], () => statuses.map((status) =>
    button(word(status) + (of(status) == null ? '' : ' ' + number(of(status))), () => {
      const others = filter.status.filter((each) => each !== status)
      change({ status: others.length < filter.status.length ? others : [...others, status] })
    }, { 'aria-pressed': String(filter.status.includes(status)), 'data-key': 'status ' + status })))
  if (document.activeElement !== byID('search') && byID('search').value !== filter.q) byID('search').value = filter.q
  showFields()
  showChosen()
}

function showViews() {
  const now = format(filter)
  fill(byID('views'), [now, saved(), isSelecting()], () => [
    ...[...views().map(([name, query]) => [t('v_' + name), query]), ...saved()].map(([name, query]) =>
      link('#/tickets?' + format(parse(query)), name, {
        class: 'button', 'data-key': 'view ' + query, 'aria-current': format(parse(query)) === now ? 'true' : null,
      })),
  ])
}

/** Adds a value to a filter, or sets one that has a single value. */
function chooser(name, label, values, isOne) {
  const select = el('select', {
    'data-key': 'choose ' + name,
    onchange: () => {
      const { value } = select
      if (isOne) change({ [name]: value })
      else if (value && !filter[name].includes(value)) change({ [name]: [...filter[name], value] })
    },
  }, isOne ? null : el('option', { value: '' }, t('any')), ...options(values, isOne ? filter[name] : ''))
  return el('div', null, ...field(label, select))
}

function showFields() {
  const people = isDriver() ? [] : assignees().map((each) => [each.user_id, each.username])
  const known = stations.map((each) => [each.station_id, each.name])
  fill(byID('filter-fields'), [filter, people, known, members?.map((each) => each.name), isSelecting()], () => [
    members && chooser('of', t('where'), [['', t('thisServer')], ['fleet', t('wholeFleet')],
      ...members.map((each) => [each.station_id, memberName(each.station_id)])], true),
    chooser('priority', word('priority'), priorities.map((value) => [value, word(value)])),
    chooser('type', word('type'), types.map((value) => [value, word(value)])),
    known.length > 1 && chooser('station_id', word('station_id'), known),
    people.length && chooser('assignee_id', word('assignee_id'), [['none', t('nobody')], ...people]),
    chooser('age', word('created'), [['', t('any')], ...Object.keys(ages).map((age) => [age, t('age_' + age)])], true),
    filter.of ? null : chooser('sort', t('sort'), sorts.map((sort) => [sort, t('sort_' + sort)]), true),
    el('div', { class: 'row tools' },
      button(t('saveView'), saveView, { 'data-key': 'save' }),
      saved().some(([, query]) => format(parse(query)) === format(filter))
        && button(t('removeView'), removeView, { class: 'danger' }),
      isDriver() ? null : button(isSelecting() ? t('selectEnd') : t('selectMany'), toggleSelecting,
        { 'data-key': 'select', 'aria-pressed': String(isSelecting()) }),
      isDriver() ? null : button(t('exportCSV'), (event) => saveCSV(filter, event.target), { 'data-key': 'csv' }),
      button(t('print'), () => print(), { 'data-key': 'print' })),
  ])
  setText(byID('more-filters').firstChild, narrowness(filter)
    ? t('filterCount', { count: narrowness(filter) }) : t('filterAndSort'))
}

/** What narrows the list, each with a button that takes it away. */
function showChosen() {
  const said = {
    priority: word, type: word, station_id: (id) => stationName(Number(id)),
    assignee_id: (id) => (id === 'none' ? t('nobody') : nameOf(Number(id))), user_id: (id) => nameOf(Number(id)),
  }
  const chosen = Object.entries(said).flatMap(([name, say]) => filter[name].map((value) =>
    [`${word(name)}: ${say(value)}`, { [name]: filter[name].filter((each) => each !== value) }]))
  if (filter.age) chosen.push([`${word('created')}: ${t('age_' + filter.age)}`, { age: '' }])
  if (filter.support_id_min || filter.changed_after || filter.support_id_max) {
    chosen.push([t('gapFilter'), { support_id_min: '', support_id_max: '', changed_after: '' }])
  }
  fill(byID('chosen'), chosen, () => chosen.map(([text, without]) =>
    button([text, ' ×'].join(''), () => change(without), { 'aria-label': t('removeFilter', { text }) })))
  byID('chosen').hidden = !chosen.length
}

async function saveView() {
  const name = el('input', { maxlength: 40, required: true })
  const given = await ask(t('saveView'), el('div', null, ...field(t('viewName'), name)),
    { yes: t('save'), no: t('cancel'), answer: () => name.value.trim() })
  if (!given) return
  setSetting('views', [...saved().filter(([other]) => other !== given), [given, format(filter)]].slice(-20))
  showFilters(filter)
}

function removeView() {
  setSetting('views', saved().filter(([, query]) => format(parse(query)) !== format(filter)))
  showFilters(filter)
}

on('names', () => filter && showFilters(filter))
on('selection', () => filter && showFilters(filter))
