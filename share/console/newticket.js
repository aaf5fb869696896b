// Filing a ticket, for oneself or for somebody who stands beside one. Without a line it waits.

import { tell } from './bus.js'
import { Page, el, form, input, link, options, quiet, select } from './dom.js'
import { dropDraft, textarea } from './drafts.js'
import { priorities, types } from './filter.js'
import { newKey, send } from './outbox.js'
import { everybody, stationChoices, stationName } from './people.js'
import { replace, view } from './route.js'
import { isDriver, myID, session } from './session.js'
import { toast } from './shell.js'
import { t } from './text.js'
import { hrefOf, keyOf } from './tickets.js'

/** How a person is chosen: by a line that has the name, and whatever tells two of the same name apart. */
const lineOf = ({ username, phone, email }) => [username, phone, email].filter(Boolean).join(' · ')

export class NewTicketView extends Page {
  pane = 'detail'

  constructor() {
    super(t('p_new'))
    const { user: { role, station_id: workplace } } = session
    const people = el('datalist', { id: 'people' })
    const person = input({ list: 'people', required: true, placeholder: t('personHint'),
      onfocus: () => person.select() })
    const station = select(stationChoices(t('noParticularStation')), '')
    const area = textarea('new', { required: true })
    const showNames = () => {
      const { value } = station
      station.replaceChildren(...options(stationChoices(t('noParticularStation')), value))
      people.replaceChildren(...everybody().map((each) => el('option', { value: lineOf(each) })))
      person.value ||= lineOf(session.user)
    }
    showNames()
    this.on('names', showNames)
    const worded = (values, chosen) => select(values.map((each) => [each, t(each)]), chosen)
    // A draft that is sent twice makes one ticket.
    let id = newKey()
    const element = form({
      description: [t('whatIsWrong'), area], ...(isDriver() ? {} : { person: [t('forWhom'), person] }),
      type: [t('type'), worded(types, 'other')], priority: [t('priority'), worded(priorities, 'high')],
      ...(role === 'station_staff' ? {} : { station_id: [t('station_id'), station] }),
    }, t('fileTicket'), async ({ person: line, station_id: place, ...draft }) => {
      const user = isDriver() ? myID() : this.find(line)
      const answer = await send({
        id, what: 'ticket', method: 'POST', path: '/support', body: { user_id: user, ...draft,
          ...(place && { station_id: place }) },
      })
      dropDraft('new')
      area.value = ''
      id = newKey()
      if (answer) tell('ticket', { key: keyOf(answer.data), ticket: answer.data })
      toast(answer ? t('ticketFiled', { number: '#' + answer.data.support_id }) : t('waitsForLine'))
      if (view === this) replace(answer ? hrefOf(keyOf(answer.data)) : '#/waiting')
    })
    element.addEventListener('input', () => (id = newKey()))
    this.body.append(element, people, role === 'station_staff' ? quiet(t('atStation',
      { station: stationName(workplace) })) : '')
    this.element.prepend(link('#/tickets', t('back'), { class: 'button back' }))
  }

  /** The person that was entered: the whole line, or a part that only one of them has. */
  find(line) {
    const wanted = line.toLowerCase()
    const found = everybody().filter((each) => lineOf(each).toLowerCase().includes(wanted))
    const exact = found.find((each) => lineOf(each) === line) ?? (found.length === 1 && found[0])
    if (!exact) throw new Error(t('choosePerson'))
    return exact.user_id
  }
}
