// How much came, how long it took, and what drivers thought of it.

import { api } from './api.js'
import { button, card, el, fault, field, heading, options, quiet, setText } from './dom.js'
import { dayBars, rowBars } from './chart.js'
import { table } from './table.js'
import { day, number, span, t, word } from './text.js'

export class StatisticsView {
  constructor() {
    this.heading = heading(t('statistics'))
    this.fault = fault()
    this.days = el('select', { onchange: () => this.refresh() },
      ...options([7, 30, 90].map((count) => [count, t('lastDays', { count })]), 30))
    this.place = el('div')
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      button(t('print'), () => print(), { class: 'tool' })),
    ...field(t('period'), this.days), this.fault, this.place)
    this.resized = () => {
      clearTimeout(this.soon)
      this.soon = setTimeout(() => this.report && this.show(), 200)
    }
    addEventListener('resize', this.resized)
  }

  close() {
    removeEventListener('resize', this.resized)
  }

  async refresh() {
    try {
      const offset = -new Date().getTimezoneOffset()
      const { data } = await api('GET', `/support/report?days=${this.days.value}&utc_offset_minutes=${offset}`)
      this.report = data
      setText(this.fault, '')
      this.show()
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show() {
    const { days, all, by_station: stations, by_type: types } = this.report
    const width = Math.max(200, this.place.clientWidth - 40)
    const long = (seconds) => (seconds == null ? '–' : span(seconds))
    const named = (rows) => rows.map((each) =>
      ({ ...each, name: 'type' in each ? word(each.type) : each.station_name ?? t('noStation') }))
    const times = (title, rows) => card(el('h2', null, title),
      ...[['first_answer', t('firstAnswer')], ['close', t('timeToClose')]].flatMap(([kind, name]) => [
        el('h3', null, name), rowBars(`${title}: ${name}`, named(rows).map((each) =>
          ({ name: each.name, value: each[kind].median_seconds, said: long(each[kind].median_seconds) })), width),
      ]),
      el('details', null, el('summary', { class: 'button' }, t('asTable')), table(title,
        [t('name'), t('filed'), t('closedCount'), t('firstAnswer'), t('timeToClose'), t('slowest'), t('rating')],
        named(rows).map((each) => [each.name, number(each.filed), number(each.closed),
          long(each.first_answer.median_seconds), long(each.close.median_seconds), long(each.close.p90_seconds),
          each.ratings.average == null ? '–' : number(each.ratings.average)]))))
    const { ratings } = all
    this.place.replaceChildren(
      el('div', { class: 'figures' }, ...[
        [t('filed'), number(all.filed)], [t('closedCount'), number(all.closed)],
        [t('firstAnswer'), long(all.first_answer.median_seconds)], [t('timeToClose'), long(all.close.median_seconds)],
        [t('averageRating'), ratings.average == null ? '–' : t('ratingOf', { rating: ratings.average })],
      ].map(([name, value]) => el('p', { class: 'card' }, el('span', { class: 'quiet' }, name), el('strong', null, value)))),
      quiet(t('medians')),
      card(el('h2', null, t('perDay')), dayBars(t('perDay'), days, width),
        el('p', { class: 'legend' }, el('span', { class: 'filed' }, t('filed')), el('span', { class: 'done' }, t('closedCount'))),
        el('details', null, el('summary', { class: 'button' }, t('asTable')), table(t('perDay'),
          [t('day'), t('filed'), t('closedCount')],
          days.map((each) => [day(each.day), number(each.filed), number(each.closed)])))),
      times(t('byStation'), stations), times(t('bySubject'), types),
      card(el('h2', null, t('ratings')), rowBars(t('ratings'), [5, 4, 3, 2, 1].map((rating) =>
        ({ name: t('ratingOf', { rating }), value: ratings[rating], said: number(ratings[rating] ?? 0) })), width)))
  }
}
