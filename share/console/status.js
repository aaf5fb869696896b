// How the station is: its disk, journal, clock and line to the central server, who is connected, and its settings.

import { api } from './api.js'
import { Page, button, card, el, facts, fill, input, items, link, quiet, row, table } from './dom.js'
import { bothTimes, moment, now, number, size, span, t } from './text.js'

const freeBytesLow = 5e8

/** How far a clock is off, in words. */
export const offset = (seconds) => (seconds == null ? t('notKnown') : Math.abs(seconds) <= 5 ? t('clocksAgree')
  : t(seconds > 0 ? 'clockAhead' : 'clockBehind', { span: span(Math.abs(seconds)) }))

export class StatusView extends Page {
  constructor() {
    super(t('p_status'), link('#/settings', t('settings'), { class: 'button' }))
    this.every(10)
  }

  async load() {
    const [{ data: status }, { data: sessions }, ready] = await Promise.all([api('GET', '/status'), api('GET',
      '/sessions'),
      fetch('/readyz', { cache: 'no-store' }).then((answer) => answer.json(), () => null)])
    fill(this.body, [status, sessions, ready], () => this.show(status, sessions, ready))
  }

  show({ disk, journal, upstream, counts, clients, notifications, ...status }, sessions, ready) {
    const skew = Math.round((Date.now() - now()) / 1000)
    const isOff = (seconds) => Math.abs(seconds ?? 0) > 5
    const toDo = [
      journal.read_only && [t('diskFull'), t('diskFullToDo')],
      disk.free_bytes < freeBytesLow && disk.free_bytes != null && [t('diskLow', { size: size(disk.free_bytes) }),
        t('diskLowToDo')],
      upstream.last_error && [`${t('upstream')}: ${upstream.last_error}`, t('upstreamToDo')],
      isOff(upstream.clock_offset_seconds) && [`${t('upstream')}: ${offset(upstream.clock_offset_seconds)}`,
        t('clockToDo')],
      ...new Set([...ready?.findings ?? [], ...status.findings ?? []].map((each) => [each, t('findingToDo')])),
    ].filter(Boolean)
    const part = (title, rows) => card(el('h2', title), facts(rows))
    return [
      card(el('h2', t('whatToDo')), el('ul.entries', ...items(toDo, ([what, how]) => [el('strong', what), quiet(how)],
        t('allIsWell')))),
      el('div.cards', part(t('station_id'), [[t('name'), status.station_name], [t('version'), status.version],
        [t('runsSince'), bothTimes(status.started_at)], [t('p_users'), number(counts.users)],
        [t('p_stations'), number(counts.stations)], [t('p_tickets'), number(counts.tickets)],
        [t('lastBackup'), status.last_backup ? bothTimes(status.last_backup) : t('notKnown')]]),
      part(t('disk'), [[t('freeSpace'), disk.free_bytes == null ? t('notKnown') : size(disk.free_bytes)],
        [t('acceptsChanges'), t(journal.read_only ? 'no' : 'yes')], [t('journal'), size(journal.bytes)],
        [t('journalEvents'), number(journal.last_sequence)],
        [t('notCheckpointed'), number(journal.last_sequence - journal.checkpointed_sequence)]]),
      part(t('upstream'), [[t('state'), t('u_' + upstream.state)], [t('address'), upstream.url],
        [t('backlog'), number(upstream.backlog_events)], [t('backlogAge'),
          upstream.backlog_seconds && span(upstream.backlog_seconds)],
        [t('lastSuccess'), upstream.last_success && bothTimes(upstream.last_success)],
        [t('nextTry'), upstream.next_try_seconds && span(upstream.next_try_seconds)]]),
      part(t('clock'), [[t('station_id'), moment(now())], [t('thisDevice'), offset(skew)],
        [t('upstream'), offset(upstream.clock_offset_seconds)]])),
      card(el('h2', t('connected')), quiet(t('connectedText', { count: clients.sockets,
        buffered: notifications.buffered })),
        el('ul.entries', ...items(sessions, ({ user_id: id, username, role, sockets }) => [link('#/users/' + id,
          username),
          ` ${t(role)} · ${t('socketCount', { count: sockets.length })} `,
          ...sockets.filter((each) => each.viewing).slice(0, 1).map(({ viewing }) =>
            link('#/ticket/' + viewing, t('looksAt', { number: '#' + viewing })))], t('notConnected')))),
    ]
  }
}

/** The settings as they are in force. They are changed in the configuration file. */
export class SettingsView extends Page {
  settings = []

  constructor() {
    super(t('settings'))
    this.element.prepend(link('#/status', t('back'), { class: 'button back always' }))
    this.search = input({
      type: 'search', 'aria-label': t('searchSettings'), placeholder: t('searchSettings'), oninput: () => this.show(),
    })
    this.changed = button(t('onlyChanged'), () => {
      this.changed.setAttribute('aria-pressed', this.changed.getAttribute('aria-pressed') !== 'true')
      this.show()
    }, { 'aria-pressed': 'false' })
    this.list = el('div')
    this.body.append(quiet(t('settingsText')), this.search, row(this.changed), this.list)
  }

  async load() {
    this.settings = (await api('GET', '/settings')).data
    this.show()
  }

  show() {
    const isNarrow = this.changed.getAttribute('aria-pressed') === 'true'
    const shown = this.settings.filter((each) => each.name.includes(this.search.value) && !(isNarrow
      && each.is_default))
    const said = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
    fill(this.list, shown, () => [table(t('settingCount', { count: shown.length }),
      ['name', 'value', 'usually', 'rule', 'takesEffect'].map((each) => t(each)), shown.map((each) => [each.name,
        each.secret ? t('secret') : el(each.is_default ? 'span' : 'strong', said(each.value)),
          each.secret ? '' : said(each.default),
        each.rule, t(each.reload ? 'onReload' : 'onRestart')]))])
  }
}
