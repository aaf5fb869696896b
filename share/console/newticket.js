// Filing a ticket, for oneself or for somebody who stands beside one. Without a line it waits.

import { attempt, el, fault, field, fill, heading, link, options, primary, quiet, row, submit } from './dom.js'
import { dropDraft, textarea } from './drafts.js'
import { priorities, types } from './filter.js'
import { newKey, send } from './outbox.js'
import { findPeople, personOf, stationName, stations } from './people.js'
import { replace, view } from './route.js'
import { isDriver, myID, session } from './session.js'
import { toast } from './shell.js'
import { on, tell } from './bus.js'
import { t, word } from './text.js'
import { keyOf, put } from './tickets.js'

/** A field that finds people by name, address or telephone number, as a combobox of WAI-ARIA does. */
function personField(chosen) {
  let found = []
  let at = -1
  const list = el('ul', { role: 'listbox', id: 'people', hidden: true, 'aria-label': t('people') })
  const input = el('input', {
    role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'people', 'aria-autocomplete': 'list',
    autocomplete: 'off', value: personOf(chosen.id)?.username ?? '', placeholder: t('personHint'),
    oninput: () => {
      chosen.id = null
      show(findPeople(input.value.trim()).slice(0, 8))
    },
    onfocus: () => input.select(),
    onblur: () => setTimeout(() => {
      show([])
      // A name that fits one person only is that person.
      const fitting = chosen.id ? [] : findPeople(input.value.trim())
      if (fitting.length === 1) choose(fitting[0])
    }, 150),
    onkeydown: (event) => {
      if (event.key === 'Escape' && found.length) {
        show([])
        event.stopPropagation()
      } else if (event.key === 'Enter' && at >= 0) {
        event.preventDefault()
        choose(found[at])
      } else if (['ArrowDown', 'ArrowUp'].includes(event.key)) {
        event.preventDefault()
        if (!found.length) show(findPeople(input.value.trim()).slice(0, 8))
        mark((at + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % (found.length || 1))
      }
    },
  })

  function show(people) {
    found = people
    list.hidden = !people.length
    input.setAttribute('aria-expanded', String(!!people.length))
    list.replaceChildren(...people.map((person, index) => el('li', {
      role: 'option', id: 'person-' + index, onpointerdown: (event) => event.preventDefault(), onclick: () => choose(person),
    }, el('strong', null, person.username), ' ', el('span', { class: 'quiet' },
      [word(person.role ?? ''), person.phone, person.email].filter(Boolean).join(' · ')))))
    mark(-1)
  }

  function mark(index) {
    at = index
    ;[...list.children].forEach((each, place) => each.setAttribute('aria-selected', String(place === at)))
    if (at >= 0) input.setAttribute('aria-activedescendant', 'person-' + at)
    else input.removeAttribute('aria-activedescendant')
  }

  function choose(person) {
    chosen.id = person.user_id
    input.value = person.username
    show([])
  }

  return [...field(t('forWhom'), input), list]
}

export class NewTicketView {
  pane = 'detail'

  constructor() {
    const { role, station_id: workplace } = session.user
    const area = textarea('new', { required: true })
    const type = el('select', null, ...options(types.map((value) => [value, word(value)]), 'other'))
    const priority = el('select', null, ...options(priorities.map((value) => [value, word(value)]), 'high'))
    const station = el('select')
    const showStations = () => fill(station, stations, () => options([['', t('noParticularStation')],
      ...stations.map((each) => [each.station_id, each.name])], station.value))
    showStations()
    this.off = on('names', showStations)
    const person = { id: myID() }
    const problem = fault()
    // A draft that is sent twice makes one ticket.
    let key = newKey()
    const form = el('form', {
      class: 'card', oninput: () => (key = newKey()),
      onsubmit: submit(() => attempt(form, problem, async () => {
        if (!person.id) throw new Error(t('choosePerson'))
        const body = { user_id: person.id, description: area.value, type: type.value, priority: priority.value }
        if (role !== 'station_staff' && station.value) body.station_id = Number(station.value)
        const answer = await send({ id: key, what: 'ticket', method: 'POST', path: '/support', body })
        dropDraft('new')
        area.value = ''
        key = newKey()
        if (!answer) {
          toast(t('waitsForLine'))
          if (view === this) replace('#/waiting')
          return
        }
        put(answer.data)
        tell('ticket', { key: keyOf(answer.data), ticket: answer.data, change: 'created' })
        toast(t('ticketFiled', { number: '#' + answer.data.support_id }))
        if (view === this) replace('#/ticket/' + answer.data.support_id)
      })),
    },
    ...field(t('whatIsWrong'), area),
    ...(isDriver() ? [] : personField(person)),
    ...field(word('type'), type), ...field(word('priority'), priority),
    ...(role === 'station_staff' ? [quiet(t('atStation', { station: stationName(workplace) }))]
      : field(word('station_id'), station)),
    row(primary(t('fileTicket'))), problem)
    this.heading = heading(t('newTicket'))
    this.element = el('div', null, link('#/tickets', t('backToTickets'), { class: 'button back' }), this.heading, form)
  }

  close() {
    this.off()
  }
}
