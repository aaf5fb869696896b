// The swap stations that tickets can name.

import { api } from './api.js'
import { on } from './bus.js'
import { attempt, el, fault, field, fill, heading, link, options, primary, row, setText, submit } from './dom.js'
import { newKey } from './outbox.js'
import { loadNames, stations } from './people.js'
import { go, view } from './route.js'
import { toast } from './shell.js'
import { table } from './table.js'
import { t, word } from './text.js'

export class StationsView {
  constructor() {
    this.heading = heading(t('stations'))
    this.fault = fault()
    this.list = el('div')
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      link('#/stations/new', t('addStation'), { class: 'button primary' })), this.fault, this.list)
    this.off = on('names', () => this.show())
    this.show()
  }

  close() {
    this.off()
  }

  refresh() {
    return loadNames()
  }

  show() {
    fill(this.list, stations, () => [table(t('stationCount', { count: stations.length }),
      [t('name'), t('streetAddress'), t('state'), t('tickets')], stations.map((each) => [
        link('#/stations/' + each.station_id, each.name, { 'data-key': 'station ' + each.station_id }), each.address,
        word(each.status),
        link(`#/tickets?status=open&status=in_progress&station_id=${each.station_id}`, t('showTickets'),
          { 'aria-label': t('ticketsOf', { name: each.name }) }),
      ]))])
  }
}

export class StationView {
  constructor(id) {
    this.id = id
    this.heading = heading(id === 'new' ? t('addStation') : t('station'))
    this.fault = fault()
    this.place = el('div')
    this.element = el('div', null, link('#/stations', t('backToStations'), { class: 'button back always' }), this.heading,
      this.fault, this.place)
    if (id === 'new') this.place.append(this.form({ status: 'active' }))
  }

  async refresh() {
    if (this.id === 'new') return
    try {
      const { data } = await api('GET', '/stations/' + this.id)
      setText(this.heading, data.name)
      fill(this.place, data, () => [this.form(data)])
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  form(station) {
    const isNew = this.id === 'new'
    const name = el('input', { required: true, maxlength: 200, value: station.name })
    const address = el('input', { maxlength: 500, value: station.address })
    const degrees = (most, value) => el('input', { type: 'number', step: 'any', min: -most, max: most, value })
    const [latitude, longitude] = [degrees(90, station.latitude), degrees(180, station.longitude)]
    const status = el('select', null,
      ...options(['active', 'inactive', 'maintenance'].map((each) => [each, word(each)]), station.status))
    const problem = fault()
    const amount = (input) => (input.value === '' ? null : Number(input.value))
    const form = el('form', {
      class: 'card',
      onsubmit: submit(() => attempt(form, problem, async () => {
        const body = {
          name: name.value.trim(), address: address.value.trim() || null, latitude: amount(latitude),
          longitude: amount(longitude), status: status.value,
        }
        const { data } = await (isNew ? api('POST', '/stations', body, { 'Idempotency-Key': newKey() })
          : api('PATCH', '/stations/' + this.id, body))
        await loadNames()
        toast(t('stationKept', { name: data.name }))
        if (view === this) go('#/stations')
      })),
    }, ...field(t('name'), name), ...field(t('streetAddress'), address),
    el('div', { class: 'two' }, el('div', null, ...field(t('latitude'), latitude)),
      el('div', null, ...field(t('longitude'), longitude))),
    ...field(t('state'), status), row(primary(t('save'))), problem)
    return form
  }
}
