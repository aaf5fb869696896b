// How much came, how long it took, and what drivers thought of it.

import { api } from './api.js'
import { dayBars, rowBars } from './chart.js'
import { Page, button, card, el, field, fold, quiet, select, table } from './dom.js'
import { day, number, span, t } from './text.js'

const long = (seconds) => (seconds == null ? '–' : span(seconds))

export class StatisticsView extends Page {
  constructor() {
    super(t('p_statistics'), button(t('print'), () => print()))
    this.days = select([7, 30, 90].map((count) => [count, t('lastDays', { count })]), 30,
      { onchange: () => this.refresh() })
    this.place = el('div')
    this.body.append(field(t('period'), this.days), this.place)
    const resized = () => this.report && this.show()
    addEventListener('resize', resized)
    this.off.push(() => removeEventListener('resize', resized))
  }

  async load() {
    const offset = -new Date().getTimezoneOffset()
    this.report = (await api('GET', `/support/report?days=${this.days.value}&utc_offset_minutes=${offset}`)).data
    this.show()
  }

  show() {
    const { days, all, by_station: stations, by_type: types } = this.report
    const { ratings } = all
    const width = Math.max(200, this.place.clientWidth - 40)
    const average = (found) => (found.average == null ? '–' : t('ratingOf', { rating: found.average }))
    const figures = [[t('filed'), number(all.filed)], [t('closed'), number(all.closed)],
      [t('firstAnswer'), long(all.first_answer.median_seconds)], [t('timeToClose'), long(all.close.median_seconds)],
      [t('averageRating'), average(ratings)]]
    const heads = ['name', 'filed', 'closed', 'firstAnswer', 'timeToClose', 'slowest', 'rating'].map((each) => t(each))
    const times = (title, rows, name) => card(el('h2', title),
      ...[['first_answer', t('firstAnswer')], ['close', t('timeToClose')]].flatMap(([kind, what]) => [el('h3', what),
        rowBars(`${title}: ${what}`, rows.map((each) => {
          const { median_seconds: median } = each[kind]
          return [name(each), median, long(median)]
        }), width)]),
      fold(t('asTable'), table(title, heads, rows.map((each) => [name(each), number(each.filed), number(each.closed),
        long(each.first_answer.median_seconds), long(each.close.median_seconds), long(each.close.p90_seconds),
          average(each.ratings)]))))
    this.place.replaceChildren(
      el('div.figures', ...figures.map(([name, value]) => el('p.card', el('span.quiet', name), el('strong', value)))),
      quiet(t('medians')),
      card(el('h2', t('perDay')), dayBars(t('perDay'), days, width),
        el('p.legend', el('span.filed', t('filed')), el('span.done', t('closed'))),
        fold(t('asTable'), table(t('perDay'), [t('day'), t('filed'), t('closed')],
          days.map((each) => [day(each.day), number(each.filed), number(each.closed)])))),
      times(t('byStation'), stations, (each) => each.station_name ?? t('noStation')), times(t('byType'), types,
        (each) => t(each.type)),
      card(el('h2', t('ratings')), rowBars(t('ratings'), [5, 4, 3, 2, 1].map((rating) =>
        [t('ratingOf', { rating }), ratings[rating], number(ratings[rating] ?? 0)]), width)))
  }
}
