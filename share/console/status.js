// How the station is: its disk, journal, clock and line to the central server, who is connected, and its settings.

import { all, api } from './api.js'
import { button, card, el, fault, fill, heading, link, quiet, row, setText } from './dom.js'
import { narrow, table } from './table.js'
import { bothTimes, moment, now, number, size, span, t, word } from './text.js'

const facts = (rows) => el('dl', null, ...rows.filter(([, value]) => value != null)
  .flatMap(([name, value]) => [el('dt', null, name), el('dd', null, value)]))

export class StatusView {
  constructor() {
    this.heading = heading(t('status'))
    this.fault = fault()
    this.place = el('div')
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      link('#/settings', t('settings'), { class: 'button' })), this.fault, this.place)
    this.timer = setInterval(() => !document.hidden && this.refresh(), 10000)
  }

  close() {
    clearInterval(this.timer)
  }

  async refresh() {
    try {
      const [{ data: status }, { data: sessions }, ready] = await Promise.all([
        api('GET', '/status'), api('GET', '/sessions').catch(() => ({ data: [] })),
        fetch('/readyz', { cache: 'no-store' }).then((answer) => answer.json(), () => null),
      ])
      setText(this.fault, '')
      this.show(status, sessions, ready)
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show(status, sessions, ready) {
    const { disk, journal, upstream, counts, clients, notifications } = status
    const findings = [...new Set([...(ready?.findings ?? []), ...(status.findings ?? [])])]
    const isLow = disk.free_bytes != null && disk.free_bytes < 5e8
    const skew = Math.round((now() - Date.now()) / 1000)
    const urgent = [
      journal.read_only && [t('diskFull'), t('diskFullToDo')],
      isLow && [t('diskLow', { size: size(disk.free_bytes) }), t('diskLowToDo')],
      upstream.last_error && [`${t('upstream')}: ${upstream.last_error}`, t('upstreamToDo')],
      Math.abs(upstream.clock_offset_seconds ?? 0) > 5
        && [t('clockOff', { span: span(Math.abs(upstream.clock_offset_seconds)) }), t('clockToDo')],
      ...findings.map((each) => [each, t('findingToDo')]),
    ].filter(Boolean)
    fill(this.place, [status, sessions, ready], () => [
      card(el('h2', null, t('whatToDo')), urgent.length
        ? el('ul', { class: 'entries' }, ...urgent.map(([what, toDo]) => el('li', null, el('strong', null, what), quiet(toDo))))
        : el('p', null, t('allIsWell'))),
      el('div', { class: 'cards' },
        card(el('h2', null, t('station')), facts([
          [t('name'), status.station_name], [t('version'), status.version],
          [t('runsSince'), bothTimes(status.started_at)], [t('people'), number(counts.users)],
          [t('stations'), number(counts.stations)], [t('tickets'), number(counts.tickets)],
          [t('lastBackup'), status.last_backup ? bothTimes(status.last_backup) : t('notKnown')],
        ])),
        card(el('h2', null, t('disk')), facts([
          [t('freeSpace'), disk.free_bytes == null ? t('notKnown') : size(disk.free_bytes)],
          [t('acceptsChanges'), journal.read_only ? t('no') : t('yes')],
          [t('journal'), size(journal.bytes)], [t('journalEvents'), number(journal.last_sequence)],
          [t('notCheckpointed'), number(journal.last_sequence - journal.checkpointed_sequence)],
        ])),
        card(el('h2', null, t('upstream')), facts([
          [t('state'), word('u_' + upstream.state)], [t('address'), upstream.url],
          [t('backlog'), number(upstream.backlog_events)],
          [t('backlogAge'), upstream.backlog_seconds == null ? null : span(upstream.backlog_seconds)],
          [t('lastSuccess'), upstream.last_success && bothTimes(upstream.last_success)],
          [t('nextTry'), upstream.next_try_seconds == null ? null : span(upstream.next_try_seconds)],
        ])),
        card(el('h2', null, t('clock')), facts([
          [t('clockOfStation'), moment(now())],
          [t('clockOfDevice'), Math.abs(skew) < 3 ? t('clocksAgree') : t('clockOff', { span: span(Math.abs(skew)) })],
          [t('clockOfCentral'), upstream.clock_offset_seconds == null ? t('notKnown')
            : Math.abs(upstream.clock_offset_seconds) <= 5 ? t('clocksAgree')
              : t('clockOff', { span: span(Math.abs(upstream.clock_offset_seconds)) })],
        ]))),
      card(el('h2', null, t('connected')), quiet(t('connectedText', {
        count: clients.sockets, buffered: notifications.buffered,
      })), el('ul', { class: 'entries' }, ...(sessions.length ? sessions.map((each) => el('li', null,
        el('strong', null, link('#/users/' + each.user_id, each.username)), `, ${word(each.role)} · `,
        t('socketCount', { count: each.sockets.length }),
        ...each.sockets.filter((socket) => socket.viewing).slice(0, 1).map((socket) =>
          [' · ', link('#/ticket/' + socket.viewing, t('looksAt', { number: '#' + socket.viewing }))]).flat()))
        : [el('li', { class: 'quiet' }, t('notConnected'))]))),
    ])
  }
}

/** The settings as they are in force. They are changed in the configuration file. */
export class SettingsView {
  constructor() {
    this.heading = heading(t('settings'))
    this.fault = fault()
    this.wanted = ''
    this.settings = []
    this.place = el('div')
    const onlyChanged = button(t('onlyChanged'), () => {
      const isOn = onlyChanged.getAttribute('aria-pressed') !== 'true'
      onlyChanged.setAttribute('aria-pressed', String(isOn))
      this.changed = isOn
      this.show()
    }, { 'aria-pressed': 'false' })
    this.element = el('div', null, link('#/status', t('backToStatus'), { class: 'button back always' }), this.heading,
      quiet(t('settingsText')), this.fault, narrow(t('searchSettings'), (text) => {
        this.wanted = text.toLowerCase()
        this.show()
      }), row(onlyChanged), this.place)
  }

  async refresh() {
    try {
      this.settings = await all('/settings')
      this.show()
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show() {
    const said = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
    const shown = this.settings.filter((each) => each.name.includes(this.wanted) && !(this.changed && each.is_default))
    fill(this.place, shown, () => [table(t('settingCount', { count: shown.length }),
      [t('name'), t('value'), t('usually'), t('rule'), t('takesEffect')], shown.map((each) => [
        el('code', null, each.name), each.secret ? t('secret') : el(each.is_default ? 'span' : 'strong', null, said(each.value)),
        each.secret ? '–' : said(each.default), each.rule, each.reload ? t('onReload') : t('onRestart'),
      ]))])
  }
}
