// The swap stations that tickets can name.

import { api } from './api.js'
import { Page, fill, form, input, link, select, setText, table } from './dom.js'
import { newKey } from './outbox.js'
import { loadNames, stations } from './people.js'
import { go } from './route.js'
import { toast } from './shell.js'
import { t } from './text.js'

export class StationsView extends Page {
  constructor() {
    super(t('p_stations'), link('#/stations/new', t('addStation'), { class: 'button primary' }))
    this.on('names', () => this.show())
    this.show()
  }

  load() {
    return loadNames()
  }

  show() {
    fill(this.body, stations, () => [table(t('stationCount', { count: stations.length }),
      ['name', 'streetAddress', 'state', 'p_tickets'].map((each) => t(each)), stations.map(({ station_id: id, name,
        address, status }) => [
        link('#/stations/' + id, name, { 'data-key': 'station ' + id }), address, t(status),
        link(`#/tickets?status=open&status=in_progress&station_id=${id}`, t('show'), { 'aria-label': t('ticketsOf',
          { name }) }),
      ]))])
  }
}

export class StationView extends Page {
  constructor(id) {
    super(t(id === 'new' ? 'addStation' : 'station_id'))
    this.id = id
    this.element.prepend(link('#/stations', t('back'), { class: 'button back always' }))
  }

  async load() {
    const isNew = this.id === 'new'
    const { data } = isNew ? { data: {} } : await api('GET', '/stations/' + this.id)
    if (!isNew) setText(this.heading, data.name)
    const degrees = (most, value) => input({ type: 'number', step: 'any', min: -most, max: most, value })
    fill(this.body, data, () => [form({
      name: [t('name'), input({ required: true, maxlength: 200, value: data.name })],
      address: [t('streetAddress'), input({ maxlength: 500, value: data.address })],
      latitude: [t('latitude'), degrees(90, data.latitude)], longitude: [t('longitude'), degrees(180, data.longitude)],
      status: [t('state'), select(['active', 'inactive', 'maintenance'].map((each) => [each, t(each)]),
        data.status ?? 'active')],
    }, t('save'), async (body) => {
      await (isNew ? api('POST', '/stations', body, { 'Idempotency-Key': newKey() }) : api('PATCH',
        '/stations/' + this.id, body))
      await loadNames()
      toast(t('kept', { name: body.name }))
      go('#/stations')
    })])
  }
}
